"""Groups the edits of a project by file: each file once, with what was done to it over time. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memory.context.project_memory import Act
from memory.context.session_ranks import weigh_age

MAX_PATH_CHARS, SHOWN_PARTS = 44, 3
MAX_COUNTED_EDITS = 10


@dataclass(slots=True)
class FileGroup:
    """The edits of a file. `newest` is the last one; `ranks` are those of its sessions."""

    path: str
    newest: Act
    ranks: set[int] = field(default_factory=set)
    edits: int = 0
    edits_by_agents: int = 0
    added: int = 0
    removed: int = 0
    is_new: bool = False

    def add(self, act: Act, rank: int) -> None:
        self.ranks.add(rank)
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
        edits = f"{self.edits} edits" if self.edits > 1 else "1 edit"
        lines = " ".join([f"+{self.added}"] * bool(self.added) + [f"−{self.removed}"] * bool(self.removed))
        sessions = f" in {len(self.ranks)} sessions" if len(self.ranks) > 1 else ""
        done = "new" if self.is_new and self.edits == 1 else f"{'new, ' * self.is_new}{edits}{sessions}"
        return ", ".join(filter(None, (f"{shorten_path(self.path)}: {done}", lines)))

    @property
    def worth(self) -> float:
        by_sessions = sum(weigh_age(rank) for rank in self.ranks)
        by_edits = 1 + 0.2 * min(self.edits, MAX_COUNTED_EDITS)
        return by_sessions * by_edits * (0.4 if self.edits == self.edits_by_agents else 1.0)


def group_files(acts: Iterable[Act], ranks: Mapping[str, int]) -> list[FileGroup]:
    """Groups edits, newest first, by file."""
    groups: dict[str, FileGroup] = {}
    for act in acts:
        if act.type == "edit" and act.session_id in ranks:
            for path in act.files_modified.splitlines()[:1]:
                groups.setdefault(path, FileGroup(path, act)).add(act, ranks[act.session_id])
    return list(groups.values())


def shorten_path(path: str) -> str:
    """Leaves out the first folders of a long path."""
    parts = path.replace("\\", "/").split("/")
    is_long = len(path) > MAX_PATH_CHARS and len(parts) > SHOWN_PARTS
    return "…/" + "/".join(parts[-SHOWN_PARTS:]) if is_long else path
