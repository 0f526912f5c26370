"""Changed files, and the changes of one file, as a page shows them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.http import urlencode

from dashboard.render.safe_text import first_line, one_line
from dashboard.render.short_labels import format_dollars
from dashboard.render.shown_names import machine_label, project_hue, project_label
from dashboard.session.git_act_views import format_share, format_turns
from dashboard.session.session_summary import NO_PRICE, to_display_time
from memory.file_history import file_lists
from memory.file_history.change_history import TracedChange
from memory.file_history.file_lists import ChangedFile
from memory.file_history.project_costs import ProjectCost
from memory.rules.changes.path_changes import ADD, CREATE, DELETE, EDIT, GONE_KINDS, MOVE, REMOVE

MAX_PATH_CHARS, MAX_PROMPT_CHARS = 300, 300
KIND_LABELS = {
    CREATE: "Created",
    EDIT: "Edited",
    MOVE: "Moved",
    DELETE: "Deleted",
    ADD: "First committed",
    REMOVE: "Removed by commit",
}


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
        return one_line(project_label(self.source.repo, self.source.project), 60)

    @property
    def hue(self) -> int:
        return project_hue(self.source.repo, self.source.project)

    @property
    def at(self) -> datetime:
        return to_display_time(self.source.at_us)

    @property
    def is_deleted(self) -> bool:
        return self.source.kind in GONE_KINDS

    @property
    def changes(self) -> str:
        count = self.source.changes
        return f"{count}{'+' if count >= file_lists.MAX_COUNTED else ''} change{'' if count == 1 else 's'}"

    @property
    def cost(self) -> str:
        """The shares of the counted changes in their turns; empty if nothing is known of them."""
        return format_share(self.source.cost)

    @property
    def turns_cost(self) -> str:
        return format_turns(self.source.cost)


@dataclass(frozen=True, slots=True)
class ProjectCostView:
    """What a project cost in the time of the page. The total is empty if no answer has a price."""

    source: ProjectCost

    @property
    def total(self) -> str:
        return _format(self.source.cost_microdollars) if self.source.is_known else ""

    @property
    def changes(self) -> str:
        """The part of turns that changed files; empty if there were too many to read."""
        return "" if self.source.changes_microdollars is None else _format(self.source.changes_microdollars)

    @property
    def other(self) -> str:
        return _format(self.source.other_microdollars or 0)

    @property
    def unpriced_answers(self) -> int:
        return self.source.unpriced_answers


def _format(microdollars: int) -> str:
    return format_dollars(microdollars) or "$0.00"


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
        return title or "Untitled session"

    @property
    def session_label(self) -> str:
        """The title of the session, unless it only repeats the prompt."""
        is_repeated = bool(self.prompt) and self.prompt.startswith(self.session_title.rstrip("…"))
        return "" if is_repeated else self.session_title

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
        return one_line(project_label(self.source.row.repo, self.source.row.project), 60)

    @property
    def machine(self) -> str:
        return one_line(machine_label(self.source.session.row.machine), 60) if self.source.session else ""

    @property
    def cost(self) -> str:
        """The share of the change in the cost of its turn; empty if the turn used no model that is known."""
        share = self.source.share_microdollars
        if share is None:
            return NO_PRICE if self.source.turn_cost.answers else ""
        return f"≈ {_format(share)}"

    @property
    def turn_cost(self) -> str:
        """The cost of the whole turn; empty if the change itself cost as much."""
        turn, share = (
            format_dollars(cost or 0) for cost in (self.source.turn_microdollars, self.source.share_microdollars)
        )
        return turn if turn != share else ""
