"""Changed files, and the changes of one file, as a page shows them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.http import urlencode

from dashboard.render.safe_text import first_line, one_line
from dashboard.render.short_labels import format_dollars, project_hue, project_name
from dashboard.session.session_summary import NO_PRICE, to_display_time
from memory.file_history import file_lists
from memory.file_history.change_history import TracedChange
from memory.file_history.file_lists import ChangedFile
from memory.rules.changes.path_changes import CREATE, DELETE, EDIT, MOVE

MAX_PATH_CHARS, MAX_PROMPT_CHARS = 300, 300
KIND_LABELS = {CREATE: "Created", EDIT: "Edited", MOVE: "Moved", DELETE: "Deleted"}


@dataclass(frozen=True, slots=True)
class FileView:
    source: ChangedFile

    @property
    def path(self) -> str:
        return one_line(self.source.path, MAX_PATH_CHARS)

    @property
    def query(self) -> str:
        """The query of the file's history."""
        return urlencode({"path": self.source.path, "project": self.source.repo or self.source.project})

    @property
    def project(self) -> str:
        return one_line(project_name(self.source.repo, self.source.project), 60)

    @property
    def hue(self) -> int:
        return project_hue(self.project)

    @property
    def at(self) -> datetime:
        return to_display_time(self.source.at_us)

    @property
    def is_deleted(self) -> bool:
        return self.source.kind == DELETE

    @property
    def changes(self) -> str:
        count = self.source.changes
        return f"{count}{'+' if count >= file_lists.MAX_COUNTED else ''} change{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class ChangeView:
    source: TracedChange

    @property
    def seq(self) -> int:
        return self.source.row.seq

    @property
    def start_seq(self) -> int:
        return self.source.start_seq

    @property
    def session_id(self) -> str:
        return str(self.source.row.session_id)

    @property
    def at(self) -> datetime:
        return to_display_time(self.source.row.at_us)

    @property
    def prompt(self) -> str:
        return first_line(self.source.prompt_text, MAX_PROMPT_CHARS)

    @property
    def prompt_seq(self) -> int | None:
        return self.source.row.prompt_seq

    @property
    def session_title(self) -> str:
        title = one_line(self.source.session.title, 120) if self.source.session else ""
        return title or "Session without a prompt"

    @property
    def preamble(self) -> str:
        return one_line(self.source.row.preamble, MAX_PROMPT_CHARS)

    @property
    def kind(self) -> str:
        return KIND_LABELS.get(self.source.row.kind, "Changed")

    @property
    def path(self) -> str:
        return one_line(self.source.row.path, MAX_PATH_CHARS)

    @property
    def old_path(self) -> str:
        return one_line(self.source.row.old_path, MAX_PATH_CHARS)

    @property
    def project(self) -> str:
        return one_line(project_name(self.source.row.repo, self.source.row.project), 60)

    @property
    def machine(self) -> str:
        return one_line(self.source.session.row.machine, 60) if self.source.session else ""

    @property
    def cost(self) -> str:
        """The share of the change in the cost of its turn; empty if the turn used no model that is known."""
        share = self.source.share_microdollars
        if share is None:
            return NO_PRICE if self.source.turn_cost.answers else ""
        return f"≈ {format_dollars(share) or '$0.00'}"

    @property
    def turn_cost(self) -> str:
        return format_dollars(self.source.turn_microdollars or 0)
