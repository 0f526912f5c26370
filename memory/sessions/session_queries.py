"""Queries of a user's sessions. `list_sessions`, `find_session` and `load_pulse` project the log to its end first."""

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, When

from events.isolation.row_security import acting_for_user
from events.store import locations, log
from events.store.log import Record
from memory.models import Prompt, Session, SessionEvent, SessionPreference
from memory.models.derived import SessionQuerySet
from memory.projection import projector, reader_projection
from memory.rules.fold_state import FoldState
from memory.sessions import forgotten_prompts, project_names, session_matching
from memory.sessions.forgotten_prompts import NOTHING_FORGOTTEN, ForgottenTexts
from memory.values import session_states
from memory.values.page_filter import NO_FILTER, PageFilter

# Microseconds between the start of a session and the resume of another in the same folder, if one command did both.
GHOST_TIMEOUT_US = 60_000_000
OPEN_STATES = (session_states.WAITING, session_states.ERROR, session_states.WORKING)
LOCATION_SESSIONS_LIMIT = 300  # newest sessions whose locations are listed
PULSE_SESSIONS_LIMIT = 20


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session with its preferences applied, and its current state.

    Read the title and the last prompt here: those of the row may be of a prompt that the user had forgotten.
    """

    row: Session
    state: str
    title: str
    last_prompt: str
    starred: bool

    @property
    def urgency(self) -> str:
        """What the session needs of its user: one of `session_states.URGENCIES`."""
        return session_states.find_urgency(self.state, self.row.reason, has_ask=bool(self.row.ask))

    @property
    def urgency_key(self) -> tuple[int, int]:
        """The order in which sessions need their user: the most urgent first, of these the longest wait."""
        return session_states.URGENCIES.index(self.urgency), self.row.state_us


@dataclass(frozen=True, slots=True)
class Pulse:
    """The sessions that wait for a person, the most urgent first, how many there are, and the time of the last event.

    The list has at most `PULSE_SESSIONS_LIMIT` sessions. The time is in microseconds.
    """

    sessions: Sequence[SessionInfo]
    waiting_sessions: int
    last_us: int | None


@dataclass(frozen=True, slots=True)
class TimelineRecord:
    """An event in the timeline of its session; `position` is the cursor for the next page."""

    record: Record
    position: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """Which sessions a list has. `before` is the position of the last session that was listed: (time in µs, id).

    With `after`, the list goes the other way from a position. All of the `words` are in a session's title or project.
    """

    limit: int
    before: tuple[int, str] | None = None
    project: str | None = None
    state: str | None = None
    page_filter: PageFilter = NO_FILTER
    # Whether sessions are listed in which nothing happened.
    with_unused: bool = True
    after: tuple[int, str] | None = None
    words: tuple[str, ...] = ()
    # Words of the title, of the last prompt or of the model, in any case.
    text: str = ""
    # A key of `session_matching.SESSION_ORDERS`, with a minus for the highest first; and how many sessions to skip in
    # that order.
    order: str = ""
    skip: int = 0


def list_sessions(user_id: UUID, query: SessionQuery) -> list[SessionInfo]:
    """Lists sessions by the time of their last event, newest first."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return list_projected_sessions(user_id, query)


@acting_for_user
def list_projected_sessions(user_id: UUID, query: SessionQuery) -> list[SessionInfo]:
    """Lists the same sessions without projecting the log first."""
    page_filter = project_names.resolve_filter(user_id, query.page_filter)
    rows = _without_ghosts(user_id, Session.objects.for_user(user_id).matching(page_filter))
    forgotten = NOTHING_FORGOTTEN
    if query.words or query.text or query.order.endswith("session"):
        forgotten = forgotten_prompts.find_all(user_id)
    rows = session_matching.order_rows(rows, query.order, forgotten)
    if not query.with_unused:
        rows = rows.used()
    if query.before is not None:
        last_us, session_id = query.before
        rows = rows.filter(Q(last_us__lt=last_us) | Q(last_us=last_us, session_id__lt=session_id))
    if query.after is not None:
        last_us, session_id = query.after
        later = rows.filter(Q(last_us__gt=last_us) | Q(last_us=last_us, session_id__gt=session_id))
        rows = later.order_by("last_us", "session_id")
    if query.words:
        rows = rows.filter(session_matching.match_words(user_id, query.words, forgotten))
    if query.project is not None:
        rows = rows.in_project(locations.find_spellings(user_id, query.project))
    if query.state is not None:
        rows = rows.in_state(query.state, now_us())
    for word in query.text.split():
        rows = rows.filter(session_matching.contains_word(user_id, word, forgotten))
    return _with_preferences(user_id, rows[query.skip : query.skip + query.limit])


@acting_for_user
def list_open_sessions(user_id: UUID, page_filter: PageFilter, *, limit: int) -> list[SessionInfo]:
    """Lists sessions that work, wait or have an error: first those with a question, then errors, then those at work.

    Of each, the newest come first. So the limit leaves out sessions whose turn was done long ago.
    """
    now = now_us()
    rows = Session.objects.for_user(user_id).matching(project_names.resolve_filter(user_id, page_filter))
    # Sessions that were silent for longer are stale by now; this condition leaves few rows to sort.
    oldest_us = now - session_states.SILENCE_TIMEOUTS_US[session_states.WAITING]
    is_at_work = Q(state=session_states.WORKING, last_us__gte=now - session_states.BUSY_TIMEOUT_US)
    rank = Case(
        When(reason=session_states.NEEDS_PERMISSION, then=0),
        When(reason=session_states.NEEDS_INPUT, then=1),
        When(state=session_states.ERROR, then=2),
        When(is_at_work, then=3),
        default=4,
    )
    rows = rows.filter(state__in=OPEN_STATES, last_us__gte=oldest_us).order_by(rank, "-last_us", "-session_id")
    return [one for one in _with_preferences(user_id, rows[:limit]) if one.state in OPEN_STATES]


def _without_ghosts(user_id: UUID, rows: SessionQuerySet) -> SessionQuerySet:
    """Leaves out the unused sessions that a resume left behind: the host starts a session, then resumes the other."""
    resumes = Session.objects.for_user(user_id).filter(
        project=OuterRef("project"),
        resumed_us__gte=OuterRef("started_us") - GHOST_TIMEOUT_US,
        resumed_us__lte=OuterRef("started_us") + GHOST_TIMEOUT_US,
    )
    return rows.exclude(Q(Exists(resumes), state=session_states.IDLE))


def load_pulse(user_id: UUID) -> Pulse:
    """Loads the pulse. It is small, because every open page requests it."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return _load_pulse(user_id)


@acting_for_user
def _load_pulse(user_id: UUID) -> Pulse:
    rows, now = Session.objects.for_user(user_id), now_us()
    # Sessions that waited longer are stale by now; this condition leaves few rows to read.
    recent = rows.filter(last_us__gte=now - session_states.SILENCE_TIMEOUTS_US[session_states.WAITING])
    last_us = rows.newest_first().values_list("last_us", flat=True)[:1]
    waiting = recent.filter(automated=False).in_state(session_states.WAITING, now)
    rank = Case(When(reason=session_states.NEEDS_PERMISSION, then=0), When(~Q(ask=""), then=1), default=2)
    # One more than the limit: only then are they counted.
    found = _with_preferences(user_id, waiting.order_by(rank, "state_us", "session_id")[: PULSE_SESSIONS_LIMIT + 1])
    count = len(found) if len(found) <= PULSE_SESSIONS_LIMIT else waiting.count()
    return Pulse(
        sorted(found, key=lambda one: one.urgency_key)[:PULSE_SESSIONS_LIMIT], count, next(iter(last_us), None)
    )


@acting_for_user
def count_projected_sessions(user_id: UUID, page_filter: PageFilter) -> int:
    """Counts the sessions of a page filter in which something happened."""
    scope = project_names.resolve_filter(user_id, page_filter)
    return Session.objects.for_user(user_id).matching(scope).used().count()


@acting_for_user
def list_session_locations(user_id: UUID) -> list[tuple[str, str, str, bool]]:
    """Lists (folder, repository, machine, automated) of the newest sessions, newest first, without duplicates."""
    rows = Session.objects.for_user(user_id).newest_first().values_list("project", "repo", "machine", "automated")
    return list(dict.fromkeys(rows[:LOCATION_SESSIONS_LIMIT]))


def find_session(user_id: UUID, session_id: str) -> SessionInfo | None:
    """Finds a session by its id; None if the user has no such session."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return _find_session(user_id, session_id)


@acting_for_user
def _find_session(user_id: UUID, session_id: str) -> SessionInfo | None:
    return next(iter(_with_preferences(user_id, Session.objects.for_user(user_id).filter(session_id=session_id))), None)


def load_sessions(user_id: UUID, session_ids: Collection[str]) -> dict[str, SessionInfo]:
    """Loads sessions by their ids, as far as they are projected. Needs `acting_for` the user."""
    rows = Session.objects.for_user(user_id).filter(session_id__in=session_ids)
    return {info.row.session_id: info for info in _with_preferences(user_id, rows)}


def _with_preferences(user_id: UUID, rows: Iterable[Session]) -> list[SessionInfo]:
    found, now = list(rows), now_us()
    preference_rows = SessionPreference.objects.for_user(user_id).filter(
        session_id__in=[row.session_id for row in found]
    )
    preferences = {preference.session_id: preference for preference in preference_rows}
    forgotten = forgotten_prompts.find_in_sessions(user_id, found)
    return [_session_info(row, preferences.get(row.session_id), forgotten, now) for row in found]


def _session_info(
    row: Session, preference: SessionPreference | None, forgotten: ForgottenTexts, now: int
) -> SessionInfo:
    busy = bool(row.current_tool) or row.reason == session_states.BACKGROUND
    state = session_states.current_state(row.state, busy=busy, last_us=row.last_us, now_us=now)
    title = (preference.title if preference else "") or ("" if row.session_id in forgotten.titles else row.title)
    last_prompt = "" if row.session_id in forgotten.last_prompts else row.last_prompt
    return SessionInfo(row, state, title, last_prompt, bool(preference and preference.starred))


def list_running_start_seqs(row: Session) -> list[int]:
    """Lists the numbers of the events that started the open tool calls of a session."""
    return [int(call[3]) for call in FoldState.load(row.fold_state).tool_calls.open_calls.values()]


def load_timeline(
    user_id: UUID, session_id: str, *, limit: int, after: tuple[int, int] | None = None
) -> list[TimelineRecord]:
    """Loads the events of a session in time order, after position `after`. Call `find_session` first."""
    positions = _load_positions(user_id, session_id, limit, after)
    records = {record.seq: record for record in log.load_by_seqs(user_id, [seq for _, seq in positions])}
    return [TimelineRecord(records[seq], (at_us, seq)) for at_us, seq in positions if seq in records]


@acting_for_user
def _load_positions(user_id: UUID, session_id: str, limit: int, after: tuple[int, int] | None) -> list[tuple[int, int]]:
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id=session_id).in_order()
    if after is not None:
        event_rows = event_rows.later_than(*after)
    return list(event_rows.values_list("at_us", "seq")[:limit])


@acting_for_user
def list_prompts(user_id: UUID, session_id: str) -> list[Prompt]:
    """Lists the prompts of a session in order. Call `find_session` first."""
    return list(Prompt.objects.for_user(user_id).filter(session_id=session_id).in_order())


def now_us() -> int:
    return int(time.time() * 1_000_000)
