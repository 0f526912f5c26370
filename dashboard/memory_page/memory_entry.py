"""Memory entries and notes as a list shows them: type, title, time, project and link. Pure."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.render import html_builder
from dashboard.render.html_builder import Html
from dashboard.render.safe_text import one_line
from dashboard.render.shown_names import project_hue, project_label
from dashboard.session.session_summary import to_display_time
from memory.models import Annotation, Note
from memory.search.search_hits import MemoryEntry

ICONS = {
    "prompt": "prompt",
    "summary": "memory",
    "edit": "edit",
    "command": "shell",
    "read": "read",
    "search": "search",
    "web": "web",
    "task": "task",
    "decision": "ask",
    "failure": "tool",
    "fix": "stop",
}


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry in a list. `annotation` is the user's annotation.

    `token_count` is the entry's size in the context, in tokens; 0 if it exceeds the budget, None outside of a context.
    """

    entry: MemoryEntry
    token_count: int | None = None
    annotation: Annotation | None = None

    @property
    def type(self) -> str:
        return self.entry.type

    @property
    def icon(self) -> str:
        return ICONS.get(self.entry.type, "dot")

    @property
    def title(self) -> str:
        return one_line(self.entry.title, 160) or f"Empty {self.entry.type}"

    @property
    def edit_text(self) -> str:
        """The initial text of the edit form. Never captured text: it would then pass for the user's words."""
        return self.annotation.replacement_text if self.annotation else ""

    @property
    def project(self) -> str:
        return one_line(project_label("", self.entry.project), 60)

    @property
    def hue(self) -> int:
        return project_hue("", self.entry.project)

    @property
    def at(self) -> datetime:
        return to_display_time(self.entry.at_us)


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note of the user. `token_count` is its size in the context, in tokens; None if it exceeds the budget."""

    note: Note
    token_count: int | None

    @property
    def text(self) -> Html:
        return html_builder.render_text(self.note.text)

    @property
    def at(self) -> datetime:
        return to_display_time(self.note.at_us)
