"""Loads what is stored about the sessions of new events, for one or several users at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from events.store.pg_arrays import Int64Array, PgArray, TextArray, UuidArray
from events.wire.hook_event import HookEvent
from memory.models import MemoryPreference, ProjectionState, Session, SessionEvent, TokenUsage
from memory.preferences import preference_queries
from memory.projection import statements
from memory.rules import token_usage
from memory.rules.fold_state import FoldState
from memory.rules.session_fold import SessionFold
from memory.rules.session_projection import SessionProjection, get_location
from memory.rules.token_usage import MessageUsage
from memory.values.price_table import PriceTable

FOLD_FIELDS = [field.name for field in fields(SessionFold) if field.name != "fold_state"]
USAGE_FIELDS = [field.name for field in fields(MessageUsage)]
SessionKey = tuple[UUID, str]
Position = tuple[str, int]  # the session and the time of an event


@dataclass(frozen=True)
class NewEvents:
    """Events of a user's log with numbers over the state's cursor and up to `until`, of sessions only."""

    state: ProjectionState
    hook_events: Sequence[HookEvent]
    until: int

    @cached_property
    def by_session(self) -> dict[str, list[HookEvent]]:
        by_session: dict[str, list[HookEvent]] = defaultdict(list)
        for hook_event in self.hook_events:
            by_session[hook_event.session_id].append(hook_event)
        return by_session

    @cached_property
    def message_ids(self) -> list[tuple[str, str]]:
        """The sessions and ids of the messages whose usage these events report."""
        usages = (token_usage.parse_usage(one) for one in self.hook_events if one.hook == "usage")
        return list({(usage.session_id, usage.message_id) for usage in usages if usage})

    @property
    def may_have_positions(self) -> bool:
        """Whether the events may have positions: after a reset, until the log was read again."""
        return not self.state.is_complete


class StoredFold(NamedTuple):
    needs_rebuild: bool
    fold: SessionFold


@dataclass(frozen=True, slots=True)
class StoredSessions:
    """What is stored about sessions and events, and the tools without observations, by user."""

    folds: dict[SessionKey, StoredFold]
    usages: dict[SessionKey, dict[str, MessageUsage]]
    positions: dict[UUID, dict[int, Position]]
    excluded_tools: dict[UUID, frozenset[str]]

    def open_projection(
        self, key: SessionKey, *, excluded_tools: frozenset[str], prices: PriceTable
    ) -> SessionProjection | None:
        """Returns the stored projection of a session; None if the session has no row."""
        if key not in self.folds:
            return None
        needs_rebuild, fold = self.folds[key]
        return SessionProjection(
            fold,
            usages=dict(self.usages.get(key, {})),
            needs_rebuild=needs_rebuild,
            excluded_tools=excluded_tools,
            prices=prices,
            stored_location=get_location(fold),
        )


def load_stored(new_events: Sequence[NewEvents]) -> StoredSessions:
    """Loads what is stored about the sessions of these events. Call it while acting for their users."""
    # Where tables are distributed, each statement names its one user, and is answered on that user's machine.
    is_direct = connection.vendor == "postgresql" and not settings.DATABASE_DISTRIBUTED
    return _load_by_statements(new_events) if is_direct else _load_by_models(new_events)


# Each row is read by its key, whatever the statistics say: see `events.store.log`.
_FOLDS_SQL = f"""
SELECT session.* FROM unnest(%s, %s) AS wanted (user_id, session_id) CROSS JOIN LATERAL (
    SELECT user_id, needs_rebuild, fold_state, {", ".join(FOLD_FIELDS)} FROM memory_session
    WHERE user_id = wanted.user_id AND session_id = wanted.session_id LIMIT 1
) AS session"""
_USAGES_SQL = f"""
SELECT usage.* FROM unnest(%s, %s, %s) AS wanted (user_id, session_id, message_id) CROSS JOIN LATERAL (
    SELECT user_id, {", ".join(USAGE_FIELDS)} FROM memory_tokenusage
    WHERE user_id = wanted.user_id AND session_id = wanted.session_id AND message_id = wanted.message_id LIMIT 1
) AS usage"""
_POSITIONS_SQL = """
SELECT position.* FROM unnest(%s, %s, %s) AS wanted (user_id, after, until) CROSS JOIN LATERAL (
    SELECT user_id, seq, session_id, at_us FROM memory_sessionevent
    WHERE user_id = wanted.user_id AND seq > wanted.after AND seq <= wanted.until ORDER BY seq
) AS position"""
_TOOLS_SQL = "SELECT user_id, excluded_tools FROM memory_memorypreference WHERE user_id = ANY (%s)"


def _load_by_statements(new_events: Sequence[NewEvents]) -> StoredSessions:
    sessions = [(one.state.user_id, name) for one in new_events for name in one.by_session]
    messages = [(one.state.user_id, *ids) for one in new_events for ids in one.message_ids]
    bounds = [(one.state.user_id, one.state.cursor, one.until) for one in new_events if one.may_have_positions]
    # Most batches need only the first two.
    queries: dict[str, tuple[str, list[PgArray]]] = {
        "tools": (_TOOLS_SQL, [UuidArray([one.state.user_id for one in new_events])]),
        "folds": (_FOLDS_SQL, _make_arrays(sessions, UuidArray, TextArray)),
        "usages": (_USAGES_SQL, _make_arrays(messages, UuidArray, TextArray, TextArray)),
        "positions": (_POSITIONS_SQL, _make_arrays(bounds, UuidArray, Int64Array, Int64Array)),
    }
    needed = {name: query for name, query in queries.items() if query[1]}
    rows = defaultdict(list, zip(needed, statements.fetch_each(*needed.values()), strict=True))
    return StoredSessions(
        _group_folds(rows["folds"]),
        _group_usages((row[0], MessageUsage(*row[1:])) for row in rows["usages"]),
        _group_positions(rows["positions"]),
        {user_id: preference_queries.parse_excluded_tools(text) for user_id, text in rows["tools"]},
    )


def _make_arrays(rows: Sequence[tuple[Any, ...]], *kinds: Callable[[Any], PgArray]) -> list[PgArray]:
    """Makes an array of each column; none without rows."""
    return [kind(column) for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)] if rows else []


def _load_by_models(new_events: Sequence[NewEvents]) -> StoredSessions:
    stored = StoredSessions({}, {}, {}, {})
    for one in new_events:
        user_id, names = one.state.user_id, list(one.by_session)
        sessions = Session.objects.for_user(user_id).filter(session_id__in=names)
        folds = sessions.values_list("user_id", "needs_rebuild", "fold_state", *FOLD_FIELDS)
        messages = TokenUsage.objects.for_user(user_id).filter(session_id__in=names)
        found = messages.filter(message_id__in=[message_id for _, message_id in one.message_ids])
        events = SessionEvent.objects.for_user(user_id).filter(seq__gt=one.state.cursor, seq__lte=one.until)
        positions = events.values_list("user_id", "seq", "session_id", "at_us")
        stored.folds.update(_group_folds(folds))
        stored.usages.update(_group_usages((user_id, to_usage(row)) for row in found) if one.message_ids else {})
        stored.positions.update(_group_positions(positions) if one.may_have_positions else {})
        preference = MemoryPreference.objects.for_user(user_id).values_list("user_id", "excluded_tools")
        stored.excluded_tools.update({key: preference_queries.parse_excluded_tools(text) for key, text in preference})
    return stored


def to_usage(row: TokenUsage) -> MessageUsage:
    return MessageUsage(**{name: getattr(row, name) for name in USAGE_FIELDS})


def _group_folds(rows: Iterable[tuple[Any, ...]]) -> dict[SessionKey, StoredFold]:
    folds = {}
    for user_id, needs_rebuild, fold_state, *columns in rows:
        values = dict(zip(FOLD_FIELDS, columns, strict=True))
        state = _load_fold_state(fold_state, needs_rebuild=needs_rebuild, last_us=values["last_us"])
        fold = SessionFold(**values, fold_state=state)
        folds[user_id, fold.session_id] = StoredFold(needs_rebuild, fold)
    return folds


def _load_fold_state(text: str, *, needs_rebuild: bool, last_us: int) -> FoldState:
    try:
        return FoldState.load(text)
    except (KeyError, TypeError):  # as earlier rules stored it; a session that waits for its rebuild needs none
        if not needs_rebuild:
            raise
        return FoldState(last_applied=(last_us, 0))


def _group_usages(rows: Iterable[tuple[UUID, MessageUsage]]) -> dict[SessionKey, dict[str, MessageUsage]]:
    usages: dict[SessionKey, dict[str, MessageUsage]] = defaultdict(dict)
    for user_id, usage in rows:
        usages[user_id, usage.session_id][usage.message_id] = usage
    return usages


def _group_positions(rows: Iterable[tuple[Any, ...]]) -> dict[UUID, dict[int, Position]]:
    positions: dict[UUID, dict[int, Position]] = defaultdict(dict)
    for user_id, seq, session_id, at_us in rows:
        positions[user_id][seq] = session_id, at_us
    return positions
