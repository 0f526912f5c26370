"""Lists the files that a session changed, each change with the prompt that it came from. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from dashboard.render.safe_text import ELLIPSIS, first_line, one_line
from dashboard.render.timeline_steps import ToolCall, ToolCallState
from dashboard.render.tool_bodies.file_changes import count_changed_lines
from dashboard.render.tool_labels import relative_path
from dashboard.session import step_views
from dashboard.session.call_starts import CallStarts
from dashboard.session.prompt_rail import find_turn
from dashboard.session.step_views import StepView
from dashboard.session.timeline_builder import parse_finished_call
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text
from memory.rules.tool_catalog import get_tool
from memory.sessions.turn_totals import TurnTotals
from memory.values.host_markup import without_reminders

MAX_PROMPT_CHARS = 200  # of the prompt beside a change
MAX_FILES = 100  # changed files on the page
MAX_PATH_CHARS = 300
MAX_FILE_CHANGES = 12  # changes of one file on the page
MAX_FOLDER_CHARS = 44  # of the folder before the name of a file; its middle is left out


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change of a file: its step, and the prompt that it came from, if one did."""

    step: StepView
    prompt: str
    prompt_number: int
    prompt_seq: int


@dataclass(slots=True)
class ChangedFile:
    path: str
    added: int = 0
    removed: int = 0
    change_count: int = 0
    changes: list[FileChange] = field(default_factory=list)
    number: int = 0  # of files that the session changed before

    @property
    def folder(self) -> str:
        """The path up to the name, with the separator."""
        return self.path[: len(self.path) - len(self.name)]

    @property
    def short_folder(self) -> str:
        """The folder with its middle left out if it is long: its beginning and its end tell it apart."""
        return shorten_folder(self.folder)

    @property
    def name(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2] or self.path

    @property
    def mark(self) -> str:
        """What a browser keeps of a file that was viewed: no name, and another one after the next change."""
        text = f"{self.path}\0{self.change_count}\0{self.added}\0{self.removed}"
        return blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()

    @property
    def hidden_count(self) -> int:
        return self.change_count - len(self.changes)

    @property
    def line_count(self) -> int:
        return self.added + self.removed

    @property
    def added_share(self) -> float:
        """The part of the added lines in all changed lines, in percent."""
        return round(100 * self.added / max(1, self.line_count), 1)

    def count_change(self, call: ToolCall) -> None:
        added, removed = count_changed_lines(call)
        self.added, self.removed, self.change_count = self.added + added, self.removed + removed, self.change_count + 1

    def add_change(self, call: ToolCall, start_seq: int, turn: TurnTotals | None) -> None:
        """Adds a change that the page shows. `start_seq` is the number by which the timeline shows the call."""
        step = step_views.with_start(step_views.build_closed_step(call), start_seq)
        prompt = first_line(without_reminders(turn.text, " "), MAX_PROMPT_CHARS) if turn else ""
        number, seq = (turn.number, turn.seq) if turn else (0, 0)
        self.changes.append(FileChange(step, prompt, number, seq))


def shorten_folder(folder: str) -> str:
    """Leaves out folders in the middle of a long path: `/home/ada/work/shop/src/` becomes `/home/…/shop/src/`."""
    if len(folder) <= MAX_FOLDER_CHARS:
        return folder
    start = folder.find("/", 1)
    head, parts = folder[:start], folder[start + 1 :].rstrip("/").split("/")
    end = ""
    while parts and len(head) + len(end) + len(parts[-1]) + 4 <= MAX_FOLDER_CHARS:
        end = f"{parts.pop()}/{end}"
    return f"{head}/{ELLIPSIS}/{end}" if end else f"{ELLIPSIS}{folder[1 - MAX_FOLDER_CHARS :]}"


def is_change(event: HookEvent) -> bool:
    """Checks whether an event is the end of a file change. That event also contains the tool's input."""
    return event.hook == "post_tool_use" and get_tool(event.tool_name).edits_files


FILE_ORDERS: dict[str, Callable[[ChangedFile], Any]] = {
    "path": lambda file: file.path.casefold(),
    "lines": lambda file: -file.line_count,
    "changes": lambda file: -file.change_count,
}


def list_changed_files(
    events: Iterable[HookEvent], starts: CallStarts, turns: Sequence[TurnTotals], order: str = ""
) -> list[ChangedFile]:
    """Lists the changed files in the order of their first change, or by a key of `FILE_ORDERS`.

    In the order of first change, files after the first `MAX_FILES` have counts but no changes: the page names only
    their number.
    """
    files_by_path: dict[str, ChangedFile] = {}
    seen_ids = set[str]()
    for event in events:
        call, call_id = parse_finished_call(event), event.tool_use_id
        if not get_tool(call.name).edits_files or call.state != ToolCallState.DONE or call_id in seen_ids:
            continue
        seen_ids |= {call_id} - {""}
        path = get_text(call.tool_input, "file_path") or get_text(call.tool_input, "notebook_path")
        file = files_by_path.get(path) or _add_file(files_by_path, path, call)
        file.count_change(call)
        is_shown = order in FILE_ORDERS or file.number < MAX_FILES
        if is_shown and len(file.changes) < MAX_FILE_CHANGES:
            file.add_change(call, starts.find(event), find_turn(turns, (event.at_us, event.seq)))
    files = list(files_by_path.values())
    return sorted(files, key=FILE_ORDERS[order]) if order in FILE_ORDERS else files


def _add_file(files_by_path: dict[str, ChangedFile], path: str, call: ToolCall) -> ChangedFile:
    shown_path = one_line(relative_path(path, call.folders), MAX_PATH_CHARS)
    return files_by_path.setdefault(path, ChangedFile(shown_path, number=len(files_by_path)))
