"""Events of the log as what a session's pages are made of."""

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from dashboard.render.timeline_steps import Happened, Turn
from dashboard.session import step_views, timeline
from dashboard.session.feed_rows import when
from dashboard.session.live_timeline import Growing
from dashboard.session.session_map import Strip, draw
from dashboard.session.step_views import Card, Chapter
from events import deadline
from events.store import log
from events.store.log import Record, Text
from events.wire.json_text import Reader
from events.wire.json_values import mapping, text
from memory.sessions import session_events, session_queries
from memory.sessions.session_events import Place, Stretch

PAGE = 100  # events
AROUND = 80  # events on either side in which the other half of a use is looked for
_PLACE = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


def stretch(user_id: UUID, session_id: str, start: Place | None, *, limit: int = PAGE) -> Stretch:
    """A page of a session from a place on, and enough of what is around it."""
    return session_events.stretch(user_id, session_id, start, limit=limit, around=AROUND)


def chapters(found: Stretch, *, whole: bool = False) -> list[Chapter]:
    """The timeline of a stretch, ready for a template."""
    continues = found.prompt.text if found.prompt else ""
    return step_views.chapters(turns(found), continues=continues, whole=whole)


def turns(found: Stretch) -> list[Turn]:
    """The timeline of a stretch."""
    here, before, after = (list(map(happened, records)) for records in (found.here, found.before, found.after))
    number = found.prompt.number if found.prompt else 0
    return timeline.read(here, before=before, after=after, number=number)


def growing(user_id: UUID, session_id: str, until: int) -> Growing:
    """A session's timeline as it stands at this number of the log, to be read on from."""
    seen = session_queries.find(user_id, session_id)
    begun = log.numbered(user_id, session_queries.begun(seen.row)) if seen else []
    start = session_events.last_page(user_id, session_id, PAGE + AROUND)
    found = session_events.stretch(user_id, session_id, start, limit=PAGE + AROUND, around=0)
    first = found.prompt
    made = Growing(first.number, first.text) if first else Growing()
    taken: set[int] = set()
    # One stretch, or some where events are large. Each event is taken once.
    for _ in range(PAGE + AROUND):
        records = {record.seq: record for record in (*begun, *found.here) if record.seq <= until}
        made.take(happened(record) for seq, record in records.items() if seq not in taken)
        taken |= records.keys()
        if found.later is None:
            break
        found = session_events.stretch(user_id, session_id, found.later, limit=PAGE + AROUND, around=0)
    return made


def card(records: Iterable[Record]) -> Card | None:
    """The one block that these records tell of."""
    return step_views.opened(timeline.read(map(happened, records)))


def strip(told: Iterable[tuple[int, Text]]) -> Strip:
    """The map of these events, each with when it happened."""
    return draw((one.seq, at_us, one.text) for at_us, one in told)


def happened(told: Record | Text) -> Happened:
    """An event of the log as one of a timeline. Raises Problem when nobody waits for it any more."""
    deadline.check()
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
