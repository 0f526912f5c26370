"""What came of a session, without how: who said what, and which files were changed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard import cards, diff, parts
from dashboard.blocks import Happened, State, Turn, Use, walk
from dashboard.cards import Card
from dashboard.parts import Part
from dashboard.renderers.files import made
from dashboard.text import one_line
from dashboard.timeline import is_persons
from dashboard.tools import relative
from memory.loose import text

MOST = 30  # changes of one file on the page
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
    cards: list[Card] = field(default_factory=list)

    @property
    def shown(self) -> list[Card]:
        return self.cards[:MOST]

    @property
    def hidden(self) -> int:
        return max(0, len(self.cards) - MOST)


def is_said(wire: str) -> bool:
    """May this event be part of the conversation? Told from its text, before it is read."""
    return '"prompt"' in wire or '"last_assistant_message"' in wire or '"Prompt"' in wire


def is_change(wire: str) -> bool:
    return any(f'"{name}"' in wire for name in EDITS)


def conversation(events: Iterable[Happened]) -> list[Line]:
    """What the person wrote, and how each turn of the main conversation was closed."""
    told: list[Line] = []
    for event in events:
        if event.hook in ("stop", "stop_failure") and not event.agent:
            closing = parts.markdown(text(event.data, "last_assistant_message"))
            told += [Line(event.seq, event.at, "claude", closing)] if closing else []
        elif (event.hook == "prompt_submit" or event.kind == "Prompt") and is_persons(event):
            told.append(Line(event.seq, event.at, "person", cards.said(_prompt(event), 200)))
    return told


def _prompt(event: Happened) -> str:
    return text(event.data, "prompt") or text(event.data, "text")


def files(turns: Iterable[Turn]) -> list[File]:
    """The files that were changed, in the order of their first change."""
    found: dict[str, File] = {}
    for turn in turns:
        for use in walk(turn.blocks):
            if isinstance(use, Use) and use.name in EDITS and use.state == State.DONE:
                path = text(use.given, "file_path") or text(use.given, "notebook_path")
                file = found.setdefault(path, File(one_line(relative(path, use.folders), 300)))
                added, removed = diff.counts(made(use))
                file.added, file.removed = file.added + added, file.removed + removed
                file.cards.append(cards.closed(use))
    return list(found.values())
