"""Groups the edits and reads of a project by file: each file once, with what was done to it over time. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memory.context.project_memory import Act
from memory.context.session_ranks import weigh_age

MAX_PATH_CHARS, SHOWN_PARTS = 44, 3
MAX_COUNTED_EDITS = 10
READ_WORTH = 0.5  # of a file that is read in several sessions and never edited, for each session
READ_START = "Read "  # the start of the title of an act that read a file (`memory.rules.tool_actions`)
FAILED = " failed"  # the end of the title of a failed act


@dataclass(slots=True)
class FileGroup:
    """The edits and reads of a file. `newest` is the last one; `ranks` are those of the sessions that edited it."""

    path: str
    newest: Act
    ranks: set[int] = field(default_factory=set)
    ranks_of_reads: set[int] = field(default_factory=set)
    edits: int = 0
    edits_by_agents: int = 0
    failed: int = 0
    reads: int = 0
    added: int = 0
    removed: int = 0
    is_new: bool = False

    def add(self, act: Act, rank: int) -> None:
        if act.type == "read":
            self.reads += 1
            self.ranks_of_reads.add(rank)
            return
        self.ranks.add(rank)
        if act.type == "failure":
            self.failed += 1
            return
        self.edits += 1
        self.edits_by_agents += bool(act.agent)
        self.is_new = act.title.startswith("Wrote ")
        for word in act.outcome.split():
            number = word[1:].replace(",", "")
            if number.isascii() and number.isdigit() and len(number) < 9:
                self.added += int(number) * (word[0] == "+")
                self.removed += int(number) * (word[0] == "−")

    @property
    def title(self) -> str:
        return f"{shorten_path(self.path)}: {', '.join(self._list_deeds())}"

    def _list_deeds(self) -> list[str]:
        """Lists what was done to the file: `new file`, `3 edits in 2 sessions`, `+12 −3`."""
        if not self.ranks:
            return [f"read {self.reads} times in {len(self.ranks_of_reads)} sessions"]
        lines = " ".join([f"+{self.added}"] * bool(self.added) + [f"−{self.removed}"] * bool(self.removed))
        sessions = f" in {len(self.ranks)} sessions" if len(self.ranks) > 1 else ""
        changes = self.edits - self.is_new
        count = f"{changes} edits" if changes > 1 else "1 edit" if changes else "an edit failed"
        has_count = changes > 0 or not self.is_new
        created = [f"new file{'' if has_count else sessions}"] * self.is_new
        return [*created, *[f"{count}{sessions}"] * has_count, *filter(None, (lines,))]

    @property
    def worth(self) -> float:
        if not self.ranks:
            return READ_WORTH * sum(map(weigh_age, self.ranks_of_reads)) if len(self.ranks_of_reads) > 1 else 0.0
        by_sessions = sum(weigh_age(rank) for rank in self.ranks)
        by_edits = 1.5 + 0.25 * min(self.edits, MAX_COUNTED_EDITS)
        return by_sessions * by_edits * (0.4 if self.edits and self.edits == self.edits_by_agents else 1.0)


def group_files(acts: Iterable[Act], ranks: Mapping[str, int]) -> list[FileGroup]:
    """Groups edits, also those that failed, and reads by file; acts are newest first."""
    groups: dict[str, FileGroup] = {}
    for act in acts:
        if act.session_id in ranks and (path := find_path(act)):
            groups.setdefault(path, FileGroup(path, act)).add(act, ranks[act.session_id])
    return list(groups.values())


def find_path(act: Act) -> str:
    """Returns the file that an act edited, tried to edit, or read; empty if it did not."""
    if act.type == "edit":
        return act.files_modified.partition("\n")[0]
    if act.type == "read":
        return act.title.removeprefix(READ_START) if act.title.startswith(READ_START) else ""
    verb, _, rest = act.title.partition(" ")
    is_failed_edit = act.type == "failure" and verb in ("Edited", "Wrote") and rest.endswith(FAILED)
    return rest.removesuffix(FAILED) if is_failed_edit else ""


def shorten_path(path: str) -> str:
    """Leaves out the first folders of a long path; two parts stay."""
    parts = path.replace("\\", "/").split("/")
    for count in range(SHOWN_PARTS, 1, -1):
        if len(path) > MAX_PATH_CHARS and len(parts) > count + 1:
            path = "…/" + "/".join(parts[-count:])
    return path
