"""Changes preferences: of a session, of an entry of memory, of a location, and of the whole account."""

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.api_base.problem import Problem
from events.isolation.row_security import acting_for, acting_for_user
from events.wire.hook_event import storable_text, summary_line
from memory.models import (
    Annotation,
    ContextBudget,
    MemoryPreference,
    Note,
    Observation,
    ProjectionState,
    Prompt,
    SessionPreference,
    Summary,
)
from memory.preferences import preference_queries
from memory.rules.search_documents import hash_name
from memory.rules.session_fold import MAX_LABEL_CHARS
from memory.values.location import Location

MAX_NOTE_CHARS = 2_000
MAX_ANNOTATIONS, MAX_NOTES, MAX_EXCLUDED_TOOLS = 2_000, 200, 100  # per user
MAX_TOOL_NAME_CHARS = 128
LIMIT_REACHED = "The limit of {most:,} is reached. Delete some first."


@acting_for_user
def set_session_preference(
    user_id: UUID, session_id: str, *, title: str | None = None, starred: bool | None = None
) -> None:
    """Stores the given values; an empty title restores the derived title."""
    values: dict[str, Any] = {
        "title": None if title is None else summary_line(title, MAX_LABEL_CHARS),
        "starred": starred,
    }
    SessionPreference.objects.for_user(user_id).update_or_create(
        user_id=user_id, session_id=session_id, defaults=_drop_none(values)
    )


@acting_for_user
def annotate_entry(
    user_id: UUID,
    seq: int,
    *,
    pinned: bool | None = None,
    forgotten: bool | None = None,
    replacement_text: str | None = None,
) -> Location | None:
    """Stores the given values for an entry, and returns the entry's location; None if there is no such entry.

    An empty `replacement_text` restores the derived text. A forgotten entry is unpinned. Raises Problem
    `invalid_input`.
    """
    location = _find_location(user_id, seq)
    if location is None:
        return None
    values: dict[str, Any] = {
        "pinned": False if forgotten else pinned,
        "forgotten": forgotten,
        "replacement_text": None if replacement_text is None else _clean_note(replacement_text),
    }
    location_values = {"project": location.project, "repo": location.repo, "at_us": _now_us()}
    _store_annotation(user_id, seq, _drop_none(values) | location_values)
    return location


def _store_annotation(user_id: UUID, seq: int, values: dict[str, Any]) -> None:
    annotations = Annotation.objects.for_user(user_id)
    _check_limit(annotations.exclude(seq=seq).count(), MAX_ANNOTATIONS)
    annotations.update_or_create(user_id=user_id, seq=seq, defaults=values)
    # Delete an annotation that has no effect.
    annotations.filter(seq=seq, pinned=False, forgotten=False, replacement_text="").delete()


def _find_location(user_id: UUID, seq: int) -> Location | None:
    for rows in (
        Prompt.objects.for_user(user_id).filter(by_person=True),
        Observation.objects.for_user(user_id),
        Summary.objects.for_user(user_id),
    ):
        if found := rows.filter(seq=seq).values_list("project", "repo").first():
            return Location(found[0], found[0], found[1])
    return None


@acting_for_user
def add_note(user_id: UUID, location: Location, text: str) -> None:
    """Adds a note for the sessions of a location. Raises Problem `invalid_input`."""
    clean_text = _clean_note(text)
    if not clean_text:
        raise Problem("invalid_input", "Enter a text.")
    _check_limit(Note.objects.for_user(user_id).count(), MAX_NOTES)
    note = Note(
        user_id=user_id, id=uuid4(), project=location.root, repo=location.repo, text=clean_text, at_us=_now_us()
    )
    note.save(force_insert=True)


@acting_for_user
def edit_note(user_id: UUID, note_id: UUID, text: str) -> Location | None:
    """Changes the text of a note; an empty text deletes the note.

    Returns the note's location; None if there is no such note. Raises Problem `invalid_input`.
    """
    notes = Note.objects.for_user(user_id).filter(id=note_id)
    note = notes.first()
    if note is None:
        return None
    if clean_text := _clean_note(text):
        notes.update(text=clean_text, at_us=_now_us())
    else:
        notes.delete()
    return Location(note.project, note.project, note.repo)


@acting_for_user
def set_context_budget(user_id: UUID, location: Location, tokens: int) -> None:
    """Sets the context budget of a location, in tokens. Raises Problem `invalid_input`."""
    if not 0 <= tokens <= preference_queries.MAX_BUDGET_TOKENS:
        raise Problem("invalid_input", f"The budget must be 0 to {preference_queries.MAX_BUDGET_TOKENS:,} tokens.")
    name = location.names[0]
    ContextBudget.objects.for_user(user_id).update_or_create(
        user_id=user_id, location_key=hash_name(name), defaults={"location": name, "tokens": tokens}
    )


def set_excluded_tools(user_id: UUID, tools: Iterable[str]) -> bool:
    """Sets the tools without observations, and starts a rebuild; returns False if nothing changed.

    Raises Problem `invalid_input`.
    """
    names = frozenset(name for tool in tools if (name := summary_line(tool, MAX_TOOL_NAME_CHARS)))
    if len(names) > MAX_EXCLUDED_TOOLS:
        raise Problem("invalid_input", f"At most {MAX_EXCLUDED_TOOLS} tools can be excluded.")
    with acting_for(user_id), transaction.atomic():
        if names == preference_queries.load_excluded_tools(user_id):
            return False
        values = {"excluded_tools": "\n".join(sorted(names))}
        MemoryPreference.objects.for_user(user_id).update_or_create(user_id=user_id, defaults=values)
        # Another rules version makes the next projection start with the first event.
        ProjectionState.objects.filter(user_id=user_id).update(rules_version=0)
    return True


def _drop_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _clean_note(text: str) -> str:
    if len(text) > MAX_NOTE_CHARS:
        raise Problem("invalid_input", f"A note can have at most {MAX_NOTE_CHARS:,} characters.")
    return storable_text(text.strip(), MAX_NOTE_CHARS)


def _check_limit(existing: int, limit: int) -> None:
    if existing >= limit:
        raise Problem("invalid_input", LIMIT_REACHED.format(most=limit))


def _now_us() -> int:
    return int(time.time() * 1_000_000)
