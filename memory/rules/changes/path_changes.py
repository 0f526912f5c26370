"""Extracts the changes of files from the end of a tool call. Pure."""

import posixpath
from dataclasses import dataclass, field, replace

from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_flag, get_mapping, get_text
from memory.rules.changes.committed_files import list_committed
from memory.rules.changes.edited_lines import EditedLines, extract_lines, hash_lines
from memory.rules.changes.repository_folders import RepositoryFolders
from memory.rules.changes.shell_moves import find_moves
from memory.rules.changes.staged_paths import is_within
from memory.rules.tool_catalog import get_tool
from memory.values.project_paths import find_whole_path, list_file_folders, relate_path

CREATE, EDIT, MOVE, DELETE = "create", "edit", "move", "delete"
# A commit was the first that held a file, or no longer holds it: who made or deleted the file is not known.
ADD, REMOVE = "add", "remove"
COMMITTED_KINDS = (ADD, REMOVE)
GONE_KINDS = (DELETE, REMOVE)
MAX_PREAMBLE_CHARS, MAX_KNOWN = 300, 300


@dataclass(slots=True)
class ChangeCause:
    """Why the next change of a session is made: the number of the last prompt, and what Claude wrote since.

    `preamble` is empty unless the hook that reports Claude's messages is captured. `known` are the latest changes as
    `old path, line feed, path`: the output of a commit names them again.
    """

    prompt_seq: int | None = None
    preamble: str = ""
    known: list[str] = field(default_factory=list)

    def start_turn(self, prompt_seq: int) -> None:
        self.prompt_seq, self.preamble = prompt_seq, ""

    def note_message(self, hook_event: HookEvent) -> None:
        """Notes the last words of the session itself before its next change."""
        if hook_event.hook == "message_display" and not hook_event.agent_id:
            words = summary_line(get_text(hook_event.data, "delta"), MAX_PREAMBLE_CHARS)
            self.preamble = words or self.preamble

    def note_changes(self, changes: list["FileChange"]) -> None:
        """Notes what changed, so that a commit does not report it again."""
        names = [f"{one.path}\n" if one.kind in GONE_KINDS else f"{one.old_path}\n{one.path}" for one in changes]
        self.known = list(dict.fromkeys([*self.known, *names]))[-MAX_KNOWN:]

    def knows(self, old: str, new: str) -> bool:
        """Whether the session itself reported where a file went, or came from, or the same of a folder around it."""
        pairs = [pair.split("\n") for pair in self.known]
        is_old = not old or any(name and is_within(old, name) for name, _ in pairs)
        return is_old and (not new or any(name and is_within(new, name) for _, name in pairs))


@dataclass(frozen=True, slots=True)
class FileChange:
    """The columns of `memory.models.FileChange` without its owner.

    `kind` is one of the names above. `ordinal` numbers the changes of one event from 0. `path` is relative to the
    project, or to the repository elsewhere that `repo` names. `whole_path` is the path of an edited file as the host
    named it, if `path` does not say as much. `old_path` is the earlier path of what was moved. `line_hashes` is the
    text of `memory.rules.changes.edited_lines.hash_lines` for the added lines.
    """

    seq: int
    ordinal: int
    session_id: str
    at_us: int
    prompt_seq: int | None
    kind: str
    path: str
    old_path: str = ""
    added: int = 0
    removed: int = 0
    line_hashes: str = ""
    preamble: str = ""
    project: str = ""
    repo: str = ""
    whole_path: str = ""


def extract_changes(
    hook_event: HookEvent, cause: ChangeCause, repositories: RepositoryFolders, *, project: str, repo: str
) -> list[FileChange]:
    """Extracts the changes of files that this event reports. `project` is the folder of the session."""
    if hook_event.hook != "post_tool_use":
        return []
    tool = get_tool(hook_event.tool_name)
    if not tool.edits_files and not tool.is_shell:
        return []
    blank = FileChange(
        hook_event.seq,
        0,
        hook_event.session_id,
        hook_event.at_us,
        cause.prompt_seq,
        EDIT,
        "",
        preamble=cause.preamble,
        project=project,
        repo=repo,
    )
    found = _extract_edit(hook_event, repositories, blank) if tool.edits_files else _extract_moves(hook_event, blank)
    cause.note_changes(found)
    if tool.is_shell:
        found += _extract_committed(hook_event, cause, repositories, blank)
        cause.note_changes(found)
    return [replace(one, ordinal=at) for at, one in enumerate(found)]


def _extract_edit(hook_event: HookEvent, repositories: RepositoryFolders, blank: FileChange) -> list[FileChange]:
    whole, project = get_edited_path(hook_event), blank.project
    folders = list_file_folders(project, get_text(hook_event.data, "cwd"), hook_event.header.repo)
    path = relate_path(whole, folders)
    if path and path == relate_path(whole, folders[:1]):  # no file of a repository elsewhere
        blank = replace(blank, repo=repositories.get_main_repo(blank.repo))
    blank = replace(blank, whole_path=find_whole_path(whole, project, path))
    lines = extract_event_lines(hook_event)
    is_new = get_text(hook_event.data, "tool_response", "type") == "create"
    counts = len(lines.added), len(lines.removed)
    change = replace(blank, kind=CREATE if is_new else EDIT, path=path, added=counts[0], removed=counts[1])
    return [replace(change, line_hashes=hash_lines(lines.added))] if path else []


def get_edited_path(hook_event: HookEvent) -> str:
    tool_input = get_mapping(hook_event.data, "tool_input")
    return get_text(tool_input, "file_path") or get_text(tool_input, "notebook_path")


def extract_event_lines(hook_event: HookEvent) -> EditedLines:
    """Extracts the lines that an edit added and removed; none for an event that is no edit."""
    if not get_tool(hook_event.tool_name).edits_files:
        return EditedLines()
    tool_input = get_mapping(hook_event.data, "tool_input")
    return extract_lines(hook_event.tool_name, tool_input, hook_event.data.get("tool_response"))


def _extract_moves(hook_event: HookEvent, blank: FileChange) -> list[FileChange]:
    if get_flag(hook_event.data, "tool_response", "interrupted"):
        return []
    project = blank.project
    command, folder = get_text(hook_event.data, "tool_input", "command"), get_text(hook_event.data, "cwd") or project
    changes = []
    for move in find_moves(command, folder, project):
        old, new = (relate_path(one, (project,)) if one else "" for one in (move.old, move.new))
        # Outside of the project files come and go that are no part of its history.
        if old and not any(map(posixpath.isabs, (old, new))):
            moved = replace(blank, kind=MOVE, path=new, old_path=old)
            changes.append(moved if new else replace(blank, kind=DELETE, path=old))
    return changes


def _extract_committed(
    hook_event: HookEvent, cause: ChangeCause, repositories: RepositoryFolders, blank: FileChange
) -> list[FileChange]:
    """Extracts what the output of a commit says of files, except what the session reported before."""
    found = [
        one
        for one in list_committed(hook_event, repositories, project=blank.project, repo=blank.repo)
        if not cause.knows(one.old, one.new)
    ]
    kinds = {(True, True): MOVE, (False, True): ADD, (True, False): REMOVE}
    return [
        replace(
            blank,
            kind=kinds[bool(one.old), bool(one.new)],
            path=one.new or one.old,
            old_path=one.old if one.new else "",
        )
        for one in found
    ]
