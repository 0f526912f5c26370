"""Loads the events of a session and builds the timelines of its pages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from dashboard.render.timeline_steps import Turn
from dashboard.session import prompt_rail, step_views, timeline
from dashboard.session.live_timeline import LiveTimeline
from dashboard.session.prompt_rail import TurnSums
from dashboard.session.step_views import StepView, TurnView
from events import deadline
from events.store import log
from events.store.log import Record
from events.wire.hook_event import HookEvent
from memory.sessions import session_events, session_queries
from memory.sessions.session_events import SessionPage, SessionPosition
from memory.sessions.turn_totals import TurnTotals

PAGE_SIZE = 100  # events
NEIGHBOR_EVENTS = 80  # events on either side in which the other half of a use is looked for
LATEST_EVENTS = 400  # events at the end of a session in which an open page looks for what is new
_POSITION = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


def load_page(user_id: UUID, session_id: str, start: SessionPosition | None, *, limit: int = PAGE_SIZE) -> SessionPage:
    """Loads a page of a session from a position on, and enough of its surroundings."""
    return session_events.load_session_page(user_id, session_id, start, limit=limit, margin=NEIGHBOR_EVENTS)


def build_turn_views(page: SessionPage, *, open_all: bool = False) -> list[TurnView]:
    """Builds the timeline of a page for a template."""
    continued_prompt = page.preceding_prompt.text if page.preceding_prompt else ""
    return step_views.build_turn_views(build_turns(page), continued_prompt=continued_prompt, open_all=open_all)


def build_timeline(
    page: SessionPage, totals: Sequence[TurnTotals], turn_sums: Sequence[TurnSums], *, is_over: bool
) -> list[tuple[TurnView, TurnSums | None]]:
    """Builds the timeline of a page for a template: each turn with its totals, which come from the projection."""
    continued = prompt_rail.find_turn(totals, page.start)
    sums = {one.source.seq: one for one in turn_sums}
    turns = build_turns(page, continued.number if continued else 0, is_over=is_over)
    views = step_views.build_turn_views(turns, continued_prompt=continued.text if continued else "")
    continued_seq = continued.seq if continued else None
    shown = [turn.prompt.seq if turn.prompt else continued_seq for turn in turns]
    return [(view, sums.get(seq) if seq else None) for view, seq in zip(views, shown, strict=True)]


def find_shown_prompt(page: SessionPage, totals: Sequence[TurnTotals]) -> int | None:
    """Finds the prompt under which a page begins: its first event, or the one that continues on it."""
    seqs = {turn.seq for turn in totals}
    first = next((record.seq for record in page.records), None)
    continued = prompt_rail.find_turn(totals, page.start)
    return first if first in seqs else continued.seq if continued else None


def build_turns(page: SessionPage, number: int | None = None, *, is_over: bool = False) -> list[Turn]:
    """Builds the timeline of a page. `number` is that of the turn that continues on it."""
    here, before, after = (
        list(map(parse_event, records)) for records in (page.records, page.records_before, page.records_after)
    )
    if number is None:
        number = page.preceding_prompt.number if page.preceding_prompt else 0
    return timeline.build_turns(here, before=before, after=after, turn_number=number, is_over=is_over and not after)


def load_live_timeline(user_id: UUID, session_id: str, until_seq: int) -> LiveTimeline:
    """Loads a session's timeline up to this number of the log, to be continued from there."""
    session = session_queries.find_session(user_id, session_id)
    started_records = log.load_by_seqs(user_id, session_queries.list_running_start_seqs(session.row)) if session else []
    start = session_events.find_last_page_start(user_id, session_id, PAGE_SIZE + NEIGHBOR_EVENTS)
    page = session_events.load_session_page(user_id, session_id, start, limit=PAGE_SIZE + NEIGHBOR_EVENTS, margin=0)
    prompt = page.preceding_prompt
    live_timeline = LiveTimeline(prompt.number, prompt.text) if prompt else LiveTimeline()
    applied_seqs: set[int] = set()
    # One page, or several if events are large. Each event is applied once.
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
    """Renders the single step that these records make."""
    return step_views.build_opened_step(timeline.build_turns(map(parse_event, records)))


def iter_latest_events(
    user_id: UUID, session_id: str, after: SessionPosition, totals: Sequence[TurnTotals]
) -> Iterator[HookEvent]:
    """Yields the events after a position: the last `LATEST_EVENTS`, and all since the first prompt after it."""
    last_start = session_events.find_last_page_start(user_id, session_id, LATEST_EVENTS)
    new_prompts = (turn.position for turn in totals if turn.position > after)
    start: SessionPosition | None = min([max(after, last_start or after), *new_prompts])
    while start is not None:
        # The one event beyond says where the next page starts.
        page = session_events.load_session_page(user_id, session_id, start, limit=LATEST_EVENTS, margin=1)
        yield from (event for event in map(parse_event, page.records) if (event.at_us, event.seq) > after)
        start = page.next_start


def find_step_position(user_id: UUID, session_id: str, seq: int) -> SessionPosition | None:
    """Finds where the timeline shows an event: at the start of the tool call that it ends, else at the event itself."""
    position = session_events.find_position(user_id, session_id, seq)
    if position is None:
        return None
    events = map(parse_event, log.load_by_seqs(user_id, [seq]))
    starts = [record.seq for event in events for record in load_call_start(user_id, event)]
    # The start of a long call is not among the events just before its end, but known if the call was notable.
    start_seq = next(iter(starts), None) or session_events.find_act_start(user_id, seq)
    return (start_seq and session_events.find_position(user_id, session_id, start_seq)) or position


def load_call_start(user_id: UUID, event: HookEvent) -> list[Record]:
    """Loads the start of the tool call that an event ends; empty if it is not among the events just before."""
    position = session_events.find_position(user_id, event.session_id, event.seq) if event.tool_use_id else None
    if position is None:
        return []
    before = load_page(user_id, event.session_id, position, limit=1).records_before
    return [
        record for record in before if event.tool_use_id in record.text and _starts_call(parse_event(record), event)
    ]


def _starts_call(start: HookEvent, event: HookEvent) -> bool:
    return start.hook == "pre_tool_use" and start.tool_use_id == event.tool_use_id


def parse_event(record: Record) -> HookEvent:
    """Parses an event of the log. Raises Problem if no request waits for it anymore."""
    deadline.check()
    return HookEvent.parse(record.seq, record.text, record.received_us)


def parse_position(value: str) -> SessionPosition | None:
    """Parses a position in an address; None if it is invalid."""
    match = _POSITION.fullmatch(value)
    return (int(match[1]), int(match[2])) if match else None


def format_position(position: SessionPosition | None) -> str:
    return f"{position[0]}.{position[1]}" if position else ""


def parse_seqs(value: str, limit: int = 20) -> Iterator[int]:
    """Parses the numbers of events in an address."""
    parts = value.split(".")[:limit]
    return (int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19)
