"""Lists the files that a session changed, each change with the prompt that it came from. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from dashboard.render.safe_text import ELLIPSIS, first_line, one_line
from dashboard.session import step_views
from dashboard.session.step_views import StepView
from dashboard.session.timeline_builder import parse_finished_call
from events.wire.hook_event import HookEvent
from memory.file_history.session_edits import SessionEdit
from memory.sessions.turn_totals import TurnTotals
from memory.values.host_markup import without_reminders

MAX_PROMPT_CHARS = 200  # of the prompt beside a change
MAX_EDITS = 6_000  # changes of a session that are counted
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
    edits: list[SessionEdit] = field(default_factory=list)  # those that the page shows
    changes: list[FileChange] = field(default_factory=list)

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
        return self.change_count - len(self.edits)

    @property
    def line_count(self) -> int:
        return self.added + self.removed

    @property
    def added_share(self) -> float:
        """The part of the added lines in all changed lines, in percent."""
        return round(100 * self.added / max(1, self.line_count), 1)

    def count_edit(self, edit: SessionEdit) -> None:
        self.added += edit.added
        self.removed += edit.removed
        self.change_count += 1
        if len(self.edits) < MAX_FILE_CHANGES:
            self.edits.append(edit)

    def add_changes(
        self, events: Mapping[int, HookEvent], start_seqs: Mapping[int, int], turns: Mapping[int, TurnTotals]
    ) -> None:
        """Adds the changes that the page shows; one whose event was deleted meanwhile is left out."""
        for edit in self.edits:
            if event := events.get(edit.seq):
                turn = turns.get(edit.prompt_seq or 0)
                self.changes.append(_build_change(event, start_seqs.get(edit.seq, edit.seq), turn))


def _build_change(event: HookEvent, start_seq: int, turn: TurnTotals | None) -> FileChange:
    """Builds a change from its event. `start_seq` is the number by which the timeline shows the call."""
    step = step_views.with_start(step_views.build_closed_step(parse_finished_call(event)), start_seq)
    prompt = first_line(without_reminders(turn.text, " "), MAX_PROMPT_CHARS) if turn else ""
    return FileChange(step, prompt, *((turn.number, turn.seq) if turn else (0, 0)))


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


FILE_ORDERS: dict[str, Callable[[ChangedFile], Any]] = {
    "path": lambda file: file.path.casefold(),
    "lines": lambda file: -file.line_count,
    "changes": lambda file: -file.change_count,
}


def list_changed_files(edits: Iterable[SessionEdit], order: str = "") -> list[ChangedFile]:
    """Lists the changed files in the order of their first change, or by a key of `FILE_ORDERS`."""
    files_by_path: dict[str, ChangedFile] = {}
    for edit in edits:
        file = files_by_path.get(edit.file_path)
        if file is None:
            file = files_by_path[edit.file_path] = ChangedFile(_show_path(edit.file_path))
        file.count_edit(edit)
    files = list(files_by_path.values())
    return sorted(files, key=FILE_ORDERS[order]) if order in FILE_ORDERS else files


def _show_path(path: str) -> str:
    """Returns a path on one line; of a long one the end, where the name stands."""
    return one_line(path if len(path) <= MAX_PATH_CHARS else ELLIPSIS + path[1 - MAX_PATH_CHARS :], MAX_PATH_CHARS)
