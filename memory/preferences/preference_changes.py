"""What a user chooses: for a session, for an entry of memory, for a place, and for everything."""

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.api_base.problem import Problem
from events.isolation.row_security import acting_for, for_its_user
from events.wire.hook_event import line, whole
from memory.models import Allowance, Choice, Mark, Note, Observation, Preference, Progress, Prompt, Summary
from memory.preferences import preference_queries
from memory.rules.search_documents import key
from memory.rules.session_fold import SHORT
from memory.values.location import Place

LONGEST = 2_000  # characters of a note
MARKS, NOTES, TOOLS = 2_000, 200, 100  # of one user
LONGEST_TOOL = 128
FULL = "There are {most:,} of these already: take some away first."


@for_its_user
def choose(user_id: UUID, session_id: str, *, title: str | None = None, starred: bool | None = None) -> None:
    """Keeps what is given; an empty title is the derived one again."""
    given: dict[str, Any] = {"title": None if title is None else line(title, SHORT), "starred": starred}
    Choice.objects.of(user_id).update_or_create(user_id=user_id, session_id=session_id, defaults=_said(given))


@for_its_user
def mark(
    user_id: UUID, seq: int, *, pinned: bool | None = None, forgotten: bool | None = None, words: str | None = None
) -> Place | None:
    """Keeps what is given of an entry, and says where that is from; None where there is no such entry.

    Without words it is the derived one again. What is forgotten is no longer pinned. Raises Problem `invalid_input`.
    """
    place = _place(user_id, seq)
    if place is None:
        return None
    if forgotten:
        pinned = False
    given: dict[str, Any] = {
        "pinned": pinned,
        "forgotten": forgotten,
        "words": None if words is None else _text(words),
    }
    _make_room(Mark.objects.of(user_id).exclude(seq=seq).count(), MARKS)
    where = {"project": place.project, "repo": place.repo, "at_us": _now_us()}
    Mark.objects.of(user_id).update_or_create(user_id=user_id, seq=seq, defaults=_said(given) | where)
    # One that says nothing any more need not be kept.
    Mark.objects.of(user_id).filter(seq=seq, pinned=False, forgotten=False, words="").delete()
    return place


def _place(user_id: UUID, seq: int) -> Place | None:
    for rows in (
        Prompt.objects.of(user_id).filter(by_person=True),
        Observation.objects.of(user_id),
        Summary.objects.of(user_id),
    ):
        if found := rows.filter(seq=seq).values_list("project", "repo").first():
            return Place(found[0], found[0], found[1])
    return None


@for_its_user
def write(user_id: UUID, place: Place, text: str) -> None:
    """A note for the sessions of a place. Raises Problem `invalid_input`."""
    said = _text(text)
    if not said:
        raise Problem("invalid_input", "Write something down first.")
    _make_room(Note.objects.of(user_id).count(), NOTES)
    note = Note(user_id=user_id, id=uuid4(), project=place.root, repo=place.repo, text=said, at_us=_now_us())
    note.save(force_insert=True)


@for_its_user
def rewrite(user_id: UUID, note_id: UUID, text: str) -> Place | None:
    """Other words for a note, none to do away with it. Says where it is for; None where there is no such note."""
    notes = Note.objects.of(user_id).filter(id=note_id)
    note = notes.first()
    if note is None:
        return None
    if said := _text(text):
        notes.update(text=said, at_us=_now_us())
    else:
        notes.delete()
    return Place(note.project, note.project, note.repo)


@for_its_user
def allow(user_id: UUID, place: Place, tokens: int) -> None:
    """How many tokens a session that begins there is given at most. Raises Problem `invalid_input`."""
    if not 0 <= tokens <= preference_queries.MOST:
        raise Problem("invalid_input", f"A budget is 0 to {preference_queries.MOST:,} tokens.")
    name = place.names[0]
    Allowance.objects.of(user_id).update_or_create(
        user_id=user_id, place_key=key(name), defaults={"place": name, "tokens": tokens}
    )


def skip(user_id: UUID, tools: Iterable[str]) -> bool:
    """Observes these tools no more, and all others: what is derived is made anew. False if that was so already.

    Raises Problem `invalid_input`.
    """
    names = frozenset(name for tool in tools if (name := line(tool, LONGEST_TOOL)))
    if len(names) > TOOLS:
        raise Problem("invalid_input", f"At most {TOOLS} tools can be left out.")
    with acting_for(user_id), transaction.atomic():
        if names == preference_queries.skipped(user_id):
            return False
        said = {"skipped": "\n".join(sorted(names))}
        Preference.objects.of(user_id).update_or_create(user_id=user_id, defaults=said)
        # As if the rules were other ones: whoever reads on begins with the first event.
        Progress.objects.filter(user_id=user_id).update(version=0)
    return True


def _said(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _text(said: str) -> str:
    if len(said) > LONGEST:
        raise Problem("invalid_input", f"A note is {LONGEST:,} characters at most.")
    return whole(said.strip(), LONGEST)


def _make_room(others: int, most: int) -> None:
    if others >= most:
        raise Problem("invalid_input", FULL.format(most=most))


def _now_us() -> int:
    return int(time.time() * 1_000_000)
