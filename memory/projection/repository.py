"""Loads and writes derived rows. The caller provides the transaction and `acting_for` the user."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from events.models import Stream
from events.store.pg_arrays import TextArray
from events.wire.hook_event import HookEvent
from memory.models import (
    Annotation,
    ContextBudget,
    DailyTotal,
    FileChange,
    GitAct,
    HalfHourCount,
    HalfHourTotal,
    LlmConfig,
    LlmSummary,
    MemoryPreference,
    Note,
    Notice,
    NoticeDelivery,
    NotificationChannel,
    NotificationRules,
    Observation,
    OwnPrice,
    ProjectionState,
    Prompt,
    SavedFilter,
    SearchDocument,
    Session,
    SessionEvent,
    SessionPreference,
    StaleDay,
    Summary,
    TokenUsage,
)
from memory.projection import count_writer, statements
from memory.projection.bulk_insert import insert_rows
from memory.projection.document_writer import insert_documents
from memory.rules import token_usage
from memory.rules.fold_state import FoldState
from memory.rules.search_documents import build_documents
from memory.rules.session_fold import SessionFold
from memory.rules.session_projection import SessionProjection
from memory.rules.token_usage import MessageUsage
from memory.values.price_table import PriceTable

FOLD_FIELDS = [field.name for field in fields(SessionFold) if field.name != "fold_state"]
LOCATION_FIELDS = ("project", "repo", "machine", "automated")  # by which totals are grouped
USAGE_FIELDS = [field.name for field in fields(MessageUsage)]


def load_projections(
    user_id: UUID, hook_events: dict[str, list[HookEvent]], *, excluded_tools: frozenset[str], prices: PriceTable
) -> dict[str, SessionProjection]:
    """Loads the stored projections of the sessions of these events; a session without a row is left out."""
    projections = {
        fold.session_id: SessionProjection(
            fold, needs_rebuild=needs_rebuild, excluded_tools=excluded_tools, prices=prices
        )
        for needs_rebuild, fold in _load_folds(user_id, list(hook_events))
    }
    if messages := _usage_message_ids(hook_events):
        for row in TokenUsage.objects.for_user(user_id).filter(session_id__in=hook_events, message_id__in=messages):
            # Another projector may have added a session since the first statement: then this batch is discarded.
            if row.session_id in projections:
                projections[row.session_id].usages[row.message_id] = to_usage(row)
    return projections


def to_usage(row: TokenUsage) -> MessageUsage:
    return MessageUsage(**{name: getattr(row, name) for name in USAGE_FIELDS})


_FOLDS_SQL = f"""
SELECT needs_rebuild, fold_state, {", ".join(FOLD_FIELDS)} FROM memory_session
WHERE user_id = %s AND session_id = ANY(%s)"""


def _load_folds(user_id: UUID, session_ids: list[str]) -> Iterator[tuple[bool, SessionFold]]:
    """Yields the stored fold of each session, and whether the session needs a rebuild."""
    if connection.vendor == "postgresql":
        rows = statements.fetch(_FOLDS_SQL, [user_id, TextArray(session_ids)])
    else:
        sessions = Session.objects.for_user(user_id).filter(session_id__in=session_ids)
        rows = list(sessions.values_list("needs_rebuild", "fold_state", *FOLD_FIELDS))
    for needs_rebuild, fold_state, *columns in rows:
        values = dict(zip(FOLD_FIELDS, columns, strict=True))
        state = _load_fold_state(fold_state, needs_rebuild=needs_rebuild, last_us=values["last_us"])
        yield needs_rebuild, SessionFold(**values, fold_state=state)


def _usage_message_ids(hook_events: dict[str, list[HookEvent]]) -> set[str]:
    """Lists the ids of the messages whose usage these events report."""
    usage_events = (
        hook_event
        for session_events in hook_events.values()
        for hook_event in session_events
        if hook_event.hook == "usage"
    )
    return {
        session_events.message_id
        for hook_event in usage_events
        if (session_events := token_usage.parse_usage(hook_event))
    }


def _load_fold_state(text: str, *, needs_rebuild: bool, last_us: int) -> FoldState:
    try:
        return FoldState.load(text)
    except (KeyError, TypeError):  # as earlier rules stored it; a session that waits for its rebuild needs none
        if not needs_rebuild:
            raise
        return FoldState(last_applied=(last_us, 0))


def save_projections(user_id: UUID, new_projections: Iterable[SessionProjection]) -> None:
    """Replaces the rows of sessions and of token usage, and adds all other new rows."""
    projections = list(new_projections)
    count_writer.mark_sessions_stale(user_id, _replace_sessions(user_id, projections))
    insert_rows(user_id, Prompt, [row for one in projections for row in one.prompts])
    insert_rows(user_id, Observation, [row for one in projections for row in one.observations])
    insert_rows(user_id, Summary, [row for one in projections for row in one.summaries])
    insert_rows(user_id, FileChange, [row for one in projections for row in one.file_changes])
    insert_rows(user_id, GitAct, [row for one in projections for row in one.git_acts])
    insert_documents(user_id, [row for one in projections for row in build_documents(one)])
    for one in projections:
        replace_usage(user_id, one.fold.session_id, one.usages)
    count_writer.add_counts(user_id, [(one.fold.session_id, one.counts) for one in projections])


def replace_usage(user_id: UUID, session_id: str, usages: dict[str, MessageUsage]) -> None:
    if usages:
        TokenUsage.objects.for_user(user_id).filter(session_id=session_id, message_id__in=list(usages)).delete()
        insert_rows(user_id, TokenUsage, list(usages.values()))


def lower_priced_version(user_id: UUID, version: int) -> None:
    """Notes that costs were computed by prices of this version, if all of them were known to be by later ones."""
    ProjectionState.objects.filter(user_id=user_id, priced_version__gt=version).update(priced_version=version)


def _replace_sessions(user_id: UUID, projections: Sequence[SessionProjection]) -> list[str]:
    """Replaces session rows; returns the ids of sessions of which a column changed by which totals are grouped."""
    locations = {row[0]: row for row in _delete_sessions(user_id, [one.fold.session_id for one in projections])}
    insert_rows(
        user_id,
        Session,
        [Session(needs_rebuild=one.needs_rebuild, **_session_columns(one.fold)) for one in projections],
    )
    current = [tuple(getattr(one.fold, name) for name in ("session_id", *LOCATION_FIELDS)) for one in projections]
    return [row[0] for row in current if locations.get(row[0], row) != row]


_DELETE_SQL = f"""
DELETE FROM memory_session WHERE user_id = %s AND session_id = ANY(%s)
RETURNING session_id, {", ".join(LOCATION_FIELDS)}"""


def _delete_sessions(user_id: UUID, session_ids: list[str]) -> list[tuple[Any, ...]]:
    """Deletes session rows; returns the id of each, and the columns by which totals are grouped."""
    if connection.vendor == "postgresql":
        return statements.fetch(_DELETE_SQL, [user_id, TextArray(session_ids)])
    stored = Session.objects.for_user(user_id).filter(session_id__in=session_ids)
    locations = list(stored.values_list("session_id", *LOCATION_FIELDS))
    stored.delete()
    return locations


def _session_columns(fold: SessionFold) -> dict[str, Any]:
    return {name: getattr(fold, name) for name in FOLD_FIELDS} | {"fold_state": fold.fold_state.dump()}


def mark_all_for_rebuild(user_id: UUID) -> None:
    Session.objects.for_user(user_id).filter(needs_rebuild=False).update(needs_rebuild=True)


def mark_for_rebuild(user_id: UUID, seqs: Sequence[int]) -> None:
    """Removes deleted events, by their original numbers, from their sessions, and marks these for a rebuild."""
    session_events = SessionEvent.objects.for_user(user_id).filter(seq__in=seqs)
    sessions = set(session_events.values_list("session_id", flat=True))
    Annotation.objects.for_user(user_id).filter(seq__in=seqs).delete()
    # The text may quote the deleted events. It is not requested again, because a session has one LLM summary.
    LlmSummary.objects.for_user(user_id).filter(session_id__in=sessions).update(
        text="", outcome="deleted", next_attempt_us=None
    )
    session_events.delete()
    Session.objects.for_user(user_id).filter(session_id__in=sessions).update(needs_rebuild=True)


def delete_session_rows(user_id: UUID, sessions: Sequence[str]) -> None:
    """Deletes the derived rows of sessions, except the positions of their events."""
    count_writer.mark_sessions_stale(user_id, sessions)
    for model in ENTRY_MODELS:
        seqs = model.objects.for_user(user_id).filter(session_id__in=sessions).values("seq")
        SearchDocument.objects.for_user(user_id).filter(seq__in=seqs).delete()
    for model in SESSION_MODELS:
        model.objects.for_user(user_id).filter(session_id__in=sessions).delete()


def delete_event_rows(user_id: UUID, seqs: Sequence[int]) -> None:
    """Deletes the positions of events, and the rows with the number of one of them."""
    for model in (*ENTRY_MODELS, *TRACED_MODELS, SearchDocument, Annotation, SessionEvent):
        model.objects.for_user(user_id).filter(seq__in=seqs).delete()


def delete_derived_rows(user_id: UUID) -> None:
    """Deletes all derived rows of a user; preferences stay."""
    for model in DERIVED_MODELS:
        model.objects.for_user(user_id).delete()


def delete_orphaned_preferences(user_id: UUID) -> None:
    """Deletes the preferences of sessions, entries and locations without any event left."""
    sessions = Session.objects.for_user(user_id)
    for model in (SessionPreference, LlmSummary):
        model.objects.for_user(user_id).exclude(session_id__in=sessions.values("session_id")).delete()
    Annotation.objects.for_user(user_id).exclude(seq__in=SessionEvent.objects.for_user(user_id).values("seq")).delete()
    if Stream.objects.filter(user_id=user_id, has_removed_ids=True).exists():
        return  # retention may have deleted the sessions of a location; the user did not
    folders, repos = sessions.values("project"), sessions.exclude(repo="").values("repo")
    Note.objects.for_user(user_id).exclude(Q(project__in=folders) | Q(repo__in=repos)).delete()
    ContextBudget.objects.for_user(user_id).exclude(Q(location__in=folders) | Q(location__in=repos)).delete()
    SavedFilter.objects.for_user(user_id).exclude(
        Q(project="") | Q(project__in=folders) | Q(project__in=repos)
    ).delete()


PREFERENCE_MODELS: tuple[Any, ...] = (
    SessionPreference,
    Annotation,
    Note,
    ContextBudget,
    MemoryPreference,
    SavedFilter,
    OwnPrice,
    LlmConfig,
    LlmSummary,
)
NOTIFICATION_MODELS: tuple[Any, ...] = (NotificationRules, NotificationChannel, Notice, NoticeDelivery)
ENTRY_MODELS: tuple[Any, ...] = (Prompt, Observation, Summary)  # each row has a search document
TRACED_MODELS: tuple[Any, ...] = (FileChange, GitAct)
SESSION_MODELS: tuple[Any, ...] = (*ENTRY_MODELS, *TRACED_MODELS, Session, TokenUsage, HalfHourCount)
DERIVED_MODELS = (*SESSION_MODELS, SearchDocument, SessionEvent, StaleDay, DailyTotal, HalfHourTotal)
