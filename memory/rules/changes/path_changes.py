"""Extracts the changes of files from the end of a tool call. Pure."""

import posixpath
from dataclasses import dataclass, replace

from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_flag, get_mapping, get_text
from memory.rules.changes.edited_lines import EditedLines, extract_lines, hash_lines
from memory.rules.changes.shell_moves import find_moves
from memory.rules.tool_catalog import get_tool
from memory.values.project_paths import relate_path

CREATE, EDIT, MOVE, DELETE = "create", "edit", "move", "delete"
MAX_PREAMBLE_CHARS = 300


@dataclass(slots=True)
class ChangeCause:
    """Why the next change of a session is made: the number of the last prompt, and what Claude wrote since.

    `preamble` is empty unless the hook that reports Claude's messages is captured.
    """

    prompt_seq: int | None = None
    preamble: str = ""

    def start_turn(self, prompt_seq: int) -> None:
        self.prompt_seq, self.preamble = prompt_seq, ""

    def note_message(self, hook_event: HookEvent) -> None:
        """Notes the last words of the session itself before its next change."""
        if hook_event.hook == "message_display" and not hook_event.agent_id:
            words = summary_line(get_text(hook_event.data, "delta"), MAX_PREAMBLE_CHARS)
            self.preamble = words or self.preamble


@dataclass(frozen=True, slots=True)
class FileChange:
    """The columns of `memory.models.FileChange` without its owner.

    `ordinal` numbers the changes of one event from 0. `path` is relative to the project, `old_path` the earlier path of
    what was moved. `line_hashes` is the text of `memory.rules.changes.edited_lines.hash_lines` for the added lines.
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


def extract_changes(hook_event: HookEvent, cause: ChangeCause, *, project: str, repo: str) -> list[FileChange]:
    """Extracts the changes of files that this event reports. `project` is the folder of the session."""
    if hook_event.hook != "post_tool_use":
        return []
    tool, folders = get_tool(hook_event.tool_name), (project, get_text(hook_event.data, "cwd"))
    if not tool.edits_files and not tool.is_shell:
        return []
    extract = _extract_edit if tool.edits_files else _extract_moves
    blank = FileChange(
        hook_event.seq,
        0,
        hook_event.session_id,
        hook_event.at_us,
        cause.prompt_seq,
        EDIT,
        "",
        project=project,
        repo=repo,
    )
    found = extract(hook_event, folders, replace(blank, preamble=cause.preamble))
    return [replace(one, ordinal=at) for at, one in enumerate(found)]


def _extract_edit(hook_event: HookEvent, folders: tuple[str, ...], blank: FileChange) -> list[FileChange]:
    path = relate_path(get_edited_path(hook_event), folders)
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


def _extract_moves(hook_event: HookEvent, folders: tuple[str, ...], blank: FileChange) -> list[FileChange]:
    if get_flag(hook_event.data, "tool_response", "interrupted"):
        return []
    command, folder = get_text(hook_event.data, "tool_input", "command"), folders[-1] or folders[0]
    changes = []
    for move in find_moves(command, folder):
        old, new = (relate_path(one, folders[:1]) if one else "" for one in (move.old, move.new))
        # Outside of the project files come and go that are no part of its history.
        if old and not any(map(posixpath.isabs, (old, new))):
            moved = replace(blank, kind=MOVE, path=new, old_path=old)
            changes.append(moved if new else replace(blank, kind=DELETE, path=old))
    return changes
