"""What came of a session, without how: who said what, and which files were changed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from dashboard.render import render_parts
from dashboard.render.render_parts import Part
from dashboard.render.safe_text import one_line
from dashboard.render.timeline_steps import Happened, State, Use
from dashboard.render.tool_bodies.file_changes import counts
from dashboard.render.tool_labels import relative
from dashboard.session import step_views
from dashboard.session.step_views import Card
from dashboard.session.timeline import is_persons
from dashboard.session.timeline_builder import done, use_id
from events.wire import patterns
from events.wire.json_values import text

MOST = 12  # changes of one file on the page
EDITS = ("Edit", "MultiEdit", "NotebookEdit", "Write")


@dataclass(frozen=True, slots=True)
class Line:
    seq: int
    at: datetime
    who: str  # person, claude
    parts: Sequence[Part]


@dataclass(slots=True)
class File:
    path: str
    added: int = 0
    removed: int = 0
    changes: int = 0
    shown: list[Card] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.changes - len(self.shown)

    def take(self, use: Use) -> None:
        """One more change of this file."""
        added, removed = counts(use)
        self.added, self.removed, self.changes = self.added + added, self.removed + removed, self.changes + 1
        if len(self.shown) < MOST:
            self.shown.append(step_views.closed(use))


def is_said(wire: str) -> bool:
    """May this event be part of the conversation? Told from its text, before it is read."""
    return '"prompt"' in wire or '"last_assistant_message"' in wire or '"Prompt"' in wire


def is_change(wire: str) -> bool:
    """May this event be the end of a change? It tells what was asked for, too."""
    return '"post_tool_use"' in wire and patterns.EDITING_TOOL.search(wire) is not None


def conversation(events: Iterable[Happened], *, start: int = 0, limit: int) -> list[Line]:
    """So many lines of it: what the person wrote, and how each turn of the main conversation was closed."""
    lines = (event for event in events if _is_closing(event) or _is_asking(event))
    return [_line(event) for event in islice(lines, start, start + limit)]


def _is_closing(event: Happened) -> bool:
    closes = event.hook in ("stop", "stop_failure") and not event.agent
    return closes and bool(text(event.data, "last_assistant_message").strip())


def _is_asking(event: Happened) -> bool:
    return (event.hook == "prompt_submit" or event.kind == "Prompt") and is_persons(event)


def _line(event: Happened) -> Line:
    if _is_asking(event):
        return Line(event.seq, event.at, "person", step_views.said(_prompt(event), 200))
    return Line(event.seq, event.at, "claude", render_parts.markdown(text(event.data, "last_assistant_message")))


def _prompt(event: Happened) -> str:
    return text(event.data, "prompt") or text(event.data, "text")


def files(events: Iterable[Happened]) -> list[File]:
    """The files that were changed, in the order of their first change."""
    found: dict[str, File] = {}
    told = set[str]()
    for event in events:
        use, id_ = done(event), use_id(event)
        if use.name not in EDITS or use.state != State.DONE or id_ in told:
            continue
        told |= {id_} - {""}
        path = text(use.given, "file_path") or text(use.given, "notebook_path")
        file = found.setdefault(path, File(one_line(relative(path, use.folders), 300)))
        file.take(use)
    return list(found.values())
