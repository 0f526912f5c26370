"""Events of the log as what a session's pages are made of."""

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from dashboard import cards, timeline
from dashboard.blocks import Happened, Turn
from dashboard.cards import Card, Chapter
from dashboard.growing import Growing
from dashboard.live import when
from dashboard.strip import Strip, draw
from events import log
from events.jsontext import Reader
from events.log import Record, Text
from memory import sessions, steps
from memory.loose import mapping, text
from memory.steps import Place, Stretch

PAGE = 100  # events
AROUND = 80  # events on either side in which the other half of a use is looked for
_PLACE = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


def stretch(user_id: UUID, session_id: str, start: Place | None, *, limit: int = PAGE) -> Stretch:
    """A page of a session from a place on, and enough of what is around it."""
    return steps.stretch(user_id, session_id, start, limit=limit, around=AROUND)


def chapters(found: Stretch, *, whole: bool = False) -> list[Chapter]:
    """The timeline of a stretch, ready for a template."""
    continues = found.prompt.text if found.prompt else ""
    return cards.chapters(turns(found), continues=continues, whole=whole)


def turns(found: Stretch) -> list[Turn]:
    """The timeline of a stretch."""
    here, before, after = (list(map(happened, records)) for records in (found.here, found.before, found.after))
    number = found.prompt.number if found.prompt else 0
    return timeline.read(here, before=before, after=after, number=number)


def growing(user_id: UUID, session_id: str, until: int) -> Growing:
    """A session's timeline as it stands at this number of the log, to be read on from."""
    seen = sessions.find(user_id, session_id)
    begun = log.numbered(user_id, sessions.begun(seen.row)) if seen else []
    start = steps.last_page(user_id, session_id, PAGE + AROUND)
    found = steps.stretch(user_id, session_id, start, limit=PAGE + AROUND, around=0)
    first = found.prompt
    made = Growing(first.number, first.text) if first else Growing()
    records = {record.seq: record for record in (*begun, *found.here) if record.seq <= until}
    made.take(map(happened, records.values()))
    return made


def card(records: Iterable[Record]) -> Card | None:
    """The one block that these records tell of."""
    return cards.opened(timeline.read(map(happened, records)))


def strip(told: Iterable[tuple[int, Text]]) -> Strip:
    """The map of these events, each with when it happened."""
    return draw((one.seq, at_us, one.text) for at_us, one in told)


def happened(told: Record | Text) -> Happened:
    event = mapping(Reader(told.text).value().value)
    return Happened(told.seq, when(text(event, "ts"), told.received_at), event)


def place_of(said: str) -> Place | None:
    """A place as an address names it; None for anything else."""
    found = _PLACE.fullmatch(said)
    return (int(found[1]), int(found[2])) if found else None


def name_of(place: Place | None) -> str:
    return f"{place[0]}.{place[1]}" if place else ""


def numbers(said: str, most: int = 20) -> Iterator[int]:
    """Numbers of the log as an address names them."""
    parts = said.split(".")[:most]
    return (int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19)
