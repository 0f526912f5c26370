"""A user's sessions, as doors read them. Everything here reads the log up to its end first."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from events.isolation.row_security import for_its_user
from events.store import log
from events.store.log import Record
from memory.models import Choice, Moment, Prompt, Session
from memory.projection import projector
from memory.rules.session_fold import Carry
from memory.values import session_states
from memory.values.page_filter import EVERYTHING, Scope

LATEST = 300  # sessions, of which places are offered
PATIENCE = 1.0  # seconds that a reader gives a log that is far behind; the clock does the rest


@dataclass(frozen=True, slots=True)
class Seen:
    """A session with what its user chose for it, and the state that it reads as now."""

    row: Session
    state: str
    title: str
    starred: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """How many sessions wait, and when anything happened last, in microseconds."""

    waiting: int
    last_us: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """An event in the timeline of its session; `after` it goes on with the next page."""

    record: Record
    after: tuple[int, int]


def page(
    user_id: UUID,
    *,
    limit: int,
    before: tuple[int, str] | None = None,
    project: str | None = None,
    state: str | None = None,
    scope: Scope = EVERYTHING,
) -> list[Seen]:
    """Sessions by when something happened in them last, newest first; those `before` a (time, session id)."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return known(user_id, limit=limit, before=before, project=project, state=state, scope=scope)


@for_its_user
def known(
    user_id: UUID,
    *,
    limit: int,
    before: tuple[int, str] | None = None,
    project: str | None = None,
    state: str | None = None,
    scope: Scope = EVERYTHING,
) -> list[Seen]:
    """The same as far as the log was read: the one thing here that does not read it on."""
    rows = Session.objects.of(user_id).within(scope).newest_first()
    if before is not None:
        last_us, session_id = before
        rows = rows.filter(Q(last_us__lt=last_us) | Q(last_us=last_us, session_id__lt=session_id))
    if project is not None:
        rows = rows.in_project(project)
    if state is not None:
        rows = rows.showing(state, now_us())
    return _seen(user_id, rows[:limit])


def pulse(user_id: UUID) -> Pulse:
    """How it goes, in as little as can be: every open page asks it."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return _pulse(user_id)


@for_its_user
def _pulse(user_id: UUID) -> Pulse:
    rows, now = Session.objects.of(user_id), now_us()
    # Who waited longer is silent by now: so few are looked at.
    lately = rows.filter(last_us__gte=now - session_states.QUIET_US[session_states.WAITING])
    last_us = rows.newest_first().values_list("last_us", flat=True)[:1]
    return Pulse(lately.showing(session_states.WAITING, now).count(), next(iter(last_us), None))


@for_its_user
def places(user_id: UUID) -> list[tuple[str, str, str]]:
    """Folder, repository and machine of the latest sessions, each once, the latest first."""
    rows = Session.objects.of(user_id).newest_first().values_list("project", "repo", "machine")
    return list(dict.fromkeys(rows[:LATEST]))


def find(user_id: UUID, session_id: str) -> Seen | None:
    """A session of the user; None where there is none of that name."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return _find(user_id, session_id)


@for_its_user
def _find(user_id: UUID, session_id: str) -> Seen | None:
    return next(iter(_seen(user_id, Session.objects.of(user_id).filter(session_id=session_id))), None)


def _seen(user_id: UUID, rows: Iterable[Session]) -> list[Seen]:
    found, now = list(rows), now_us()
    chosen = Choice.objects.of(user_id).filter(session_id__in=[row.session_id for row in found])
    choices = {choice.session_id: choice for choice in chosen}
    return [_as_seen(row, choices.get(row.session_id), now) for row in found]


def _as_seen(row: Session, choice: Choice | None, now: int) -> Seen:
    state = session_states.shown(row.state, busy=bool(row.doing), last_us=row.last_us, now_us=now)
    title = (choice.title if choice else "") or row.title
    return Seen(row, state, title, bool(choice and choice.starred))


def begun(row: Session) -> list[int]:
    """The numbers of the events that began what is at work in a session."""
    return [int(use[3]) for use in Carry.load(row.carry).uses.open.values()]


def timeline(user_id: UUID, session_id: str, *, limit: int, after: tuple[int, int] | None = None) -> list[Step]:
    """The events of a session in the order they happened, after an earlier page's end. Call `find` first."""
    moments = _moments(user_id, session_id, limit, after)
    records = {record.seq: record for record in log.numbered(user_id, [seq for _, seq in moments])}
    return [Step(records[seq], (at_us, seq)) for at_us, seq in moments if seq in records]


@for_its_user
def _moments(user_id: UUID, session_id: str, limit: int, after: tuple[int, int] | None) -> list[tuple[int, int]]:
    moments = Moment.objects.of(user_id).filter(session_id=session_id).in_order()
    if after is not None:
        moments = moments.later_than(*after)
    return list(moments.values_list("at_us", "seq")[:limit])


@for_its_user
def prompts(user_id: UUID, session_id: str) -> list[Prompt]:
    """What was submitted in a session, in order. Call `find` first."""
    return list(Prompt.objects.of(user_id).filter(session_id=session_id).in_order())


def now_us() -> int:
    return int(time.time() * 1_000_000)
