"""What memory holds of a session, as a list shows it: what it is, when and where, and where it stands. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.render import html_builder
from dashboard.render.html_builder import Html
from dashboard.render.row_text import hue, place_name
from dashboard.render.safe_text import one_line
from dashboard.session.session_summary import when
from memory.models import Mark, Note
from memory.search.search_hits import Item
from memory.search.snippets import Piece

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
class Shown:
    """`pieces` are why it was found, `cost` what it takes of a context in tokens, `mark` what the person made of it."""

    item: Item
    pieces: Sequence[Piece] = ()
    cost: int | None = None
    mark: Mark | None = None

    @property
    def type(self) -> str:
        return self.item.type

    @property
    def icon(self) -> str:
        return ICONS.get(self.item.type, "dot")

    @property
    def title(self) -> str:
        return one_line(self.item.title, 160) or f"A {self.item.type} without words"

    @property
    def words(self) -> str:
        """To begin from, for whoever puts it into other words: never captured ones: they would pass for those."""
        return self.mark.words if self.mark else ""

    @property
    def project(self) -> str:
        return one_line(place_name("", self.item.project), 60)

    @property
    def hue(self) -> int:
        return hue(self.project)

    @property
    def at(self) -> datetime:
        return when(self.item.at_us)

    @property
    def snippet(self) -> Html:
        return html_builder.joined(
            html_builder.mark(one.text) if one.fits else html_builder.text(one.text) for one in self.pieces
        )


@dataclass(frozen=True, slots=True)
class Written:
    """A note of the person's own. `cost` is what it takes of a context, in tokens; None where it found no room."""

    note: Note
    cost: int | None

    @property
    def text(self) -> Html:
        return html_builder.text(self.note.text)

    @property
    def at(self) -> datetime:
        return when(self.note.at_us)
