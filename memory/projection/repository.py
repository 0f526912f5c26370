"""Loads and writes derived rows. The caller provides the transaction and `acting_for` the user."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from events.isolation.row_security import acting_for
from events.models import Stream
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
from memory.projection.bulk_insert import OwnedRows, insert_documents, insert_rows
from memory.rules.search_documents import build_documents
from memory.rules.session_projection import SessionProjection


def save_projections(projections: Sequence[tuple[UUID, SessionProjection]]) -> None:
    """Replaces the rows of sessions and of token usage, and adds all other new rows. Each comes with its user."""
    with statements.pipeline():
        insert_rows(
            Session, [(user_id, _SessionRow(one)) for user_id, one in projections], on_conflict=_REPLACE_SESSION
        )
        insert_rows(Prompt, [(user_id, row) for user_id, one in projections for row in one.prompts])
        insert_rows(Observation, [(user_id, row) for user_id, one in projections for row in one.observations])
        insert_rows(Summary, [(user_id, row) for user_id, one in projections for row in one.summaries])
        insert_rows(FileChange, [(user_id, row) for user_id, one in projections for row in one.file_changes])
        insert_rows(GitAct, [(user_id, row) for user_id, one in projections for row in one.git_acts])
        insert_documents([(user_id, row) for user_id, one in projections for row in build_documents(one)])
        replace_usages([(user_id, row) for user_id, one in projections for row in one.usages.values()])
        count_writer.add_counts([(user_id, one.fold.session_id, one.counts) for user_id, one in projections])
    for user_id, one in projections:
        if one.has_moved:
            with acting_for(user_id):
                count_writer.mark_sessions_stale(user_id, [one.fold.session_id])


def _replace_others(model: type[Model], *keys: str) -> str:
    """Makes the clause that replaces all columns but the keys of a row that exists."""
    columns = [field.column for field in model._meta.concrete_fields if field.column not in ("user_id", *keys)]
    values = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return f"ON CONFLICT ({', '.join(('user_id', *keys))}) DO UPDATE SET {values}"


_REPLACE_SESSION = _replace_others(Session, "session_id")
_REPLACE_USAGE = _replace_others(TokenUsage, "session_id", "message_id")


class _SessionRow:
    """The columns of a session without its owner."""

    def __init__(self, projection: SessionProjection) -> None:
        self.needs_rebuild, self._fold = projection.needs_rebuild, projection.fold
        self.fold_state = projection.fold.fold_state.dump()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fold, name)


def replace_usages(usages: OwnedRows) -> None:
    insert_rows(TokenUsage, usages, on_conflict=_REPLACE_USAGE)


def lower_priced_version(user_id: UUID, version: int) -> None:
    """Records that some costs were computed by prices of this version, if all were known to be by later prices."""
    ProjectionState.objects.filter(user_id=user_id, priced_version__gt=version).update(priced_version=version)


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
        return  # retention may have deleted the sessions of a location; the user did not delete them
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
