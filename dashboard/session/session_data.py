"""Events of the log as what a session's pages are made of."""

import re
from collections.abc import Iterable, Iterator
from uuid import UUID

from dashboard.render.timeline_steps import Turn
from dashboard.session import step_views, timeline
from dashboard.session.live_timeline import LiveTimeline
from dashboard.session.step_views import StepView, TurnView
from events import deadline
from events.store import log
from events.store.log import Record
from events.wire.hook_event import HookEvent
from memory.sessions import session_events, session_queries
from memory.sessions.session_events import SessionPage, SessionPosition

PAGE_SIZE = 100  # events
NEIGHBOR_EVENTS = 80  # events on either side in which the other half of a use is looked for
_POSITION = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


def load_page(user_id: UUID, session_id: str, start: SessionPosition | None, *, limit: int = PAGE_SIZE) -> SessionPage:
    """A page of a session from a place on, and enough of what is around it."""
    return session_events.load_session_page(user_id, session_id, start, limit=limit, margin=NEIGHBOR_EVENTS)


def build_turn_views(page: SessionPage, *, open_all: bool = False) -> list[TurnView]:
    """The timeline of a stretch, ready for a template."""
    continued_prompt = page.preceding_prompt.text if page.preceding_prompt else ""
    return step_views.build_turn_views(build_turns(page), continued_prompt=continued_prompt, open_all=open_all)


def build_turns(page: SessionPage) -> list[Turn]:
    """The timeline of a stretch."""
    here, before, after = (
        list(map(parse_event, records)) for records in (page.records, page.records_before, page.records_after)
    )
    number = page.preceding_prompt.number if page.preceding_prompt else 0
    return timeline.build_turns(here, before=before, after=after, turn_number=number)


def load_live_timeline(user_id: UUID, session_id: str, until_seq: int) -> LiveTimeline:
    """A session's timeline as it stands at this number of the log, to be read on from."""
    session = session_queries.find_session(user_id, session_id)
    started_records = log.load_by_seqs(user_id, session_queries.list_running_start_seqs(session.row)) if session else []
    start = session_events.find_last_page_start(user_id, session_id, PAGE_SIZE + NEIGHBOR_EVENTS)
    page = session_events.load_session_page(user_id, session_id, start, limit=PAGE_SIZE + NEIGHBOR_EVENTS, margin=0)
    prompt = page.preceding_prompt
    live_timeline = LiveTimeline(prompt.number, prompt.text) if prompt else LiveTimeline()
    applied_seqs: set[int] = set()
    # One stretch, or some where events are large. Each event is taken once.
    for _ in range(PAGE_SIZE + NEIGHBOR_EVENTS):
        records = {record.seq: record for record in (*started_records, *page.records) if record.seq <= until_seq}
        live_timeline.apply(parse_event(record) for seq, record in records.items() if seq not in applied_seqs)
        applied_seqs |= records.keys()
        if page.next_start is None:
            break
        page = session_events.load_session_page(
            user_id, session_id, page.next_start, limit=PAGE_SIZE + NEIGHBOR_EVENTS, margin=0
        )
    return live_timeline


def build_step(records: Iterable[Record]) -> StepView | None:
    """The one block that these records tell of."""
    return step_views.build_opened_step(timeline.build_turns(map(parse_event, records)))


def parse_event(record: Record) -> HookEvent:
    """Parses an event of the log. Raises Problem when nobody waits for it any more."""
    deadline.check()
    return HookEvent.parse(record.seq, record.text, record.received_us)


def parse_position(value: str) -> SessionPosition | None:
    """A place as an address names it; None for anything else."""
    match = _POSITION.fullmatch(value)
    return (int(match[1]), int(match[2])) if match else None


def format_position(position: SessionPosition | None) -> str:
    return f"{position[0]}.{position[1]}" if position else ""


def parse_seqs(value: str, limit: int = 20) -> Iterator[int]:
    """Numbers of the log as an address names them."""
    parts = value.split(".")[:limit]
    return (int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19)
