"""How derived rows are read and written. Every function acts for the user it is called for, within a transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from django.db.models import Q

from events.models import Stream
from events.wire.hook_event import Happening
from memory.models import (
    Allowance,
    Choice,
    Daily,
    Document,
    Filter,
    HalfHour,
    Helper,
    Mark,
    Moment,
    Note,
    Observation,
    Preference,
    Prompt,
    Recount,
    Retelling,
    Session,
    Summary,
    Tally,
    Usage,
)
from memory.projection import count_writer
from memory.projection.bulk_insert import insert
from memory.rules import token_usage
from memory.rules.search_documents import documents
from memory.rules.session_fold import Carry, Story
from memory.rules.session_projection import Derivation
from memory.rules.token_usage import Spent

STORY = [field.name for field in fields(Story) if field.name != "carry"]
PLACE = ("project", "repo", "machine")
SPENT = [field.name for field in fields(Spent)]


def known(user_id: UUID, happenings: dict[str, list[Happening]], *, skipped: frozenset[str]) -> dict[str, Derivation]:
    """What is known of the sessions that these happenings belong to."""
    rows = Session.objects.of(user_id).filter(session_id__in=happenings)
    found = {row.session_id: Derivation(story(row), torn=row.torn, skipped=skipped) for row in rows}
    if messages := _messages(happenings):
        for row in Usage.objects.of(user_id).filter(session_id__in=happenings, message_id__in=messages):
            spent = Spent(**{name: getattr(row, name) for name in SPENT})
            found[row.session_id].spent[row.message_id] = spent
    return found


def _messages(happenings: dict[str, list[Happening]]) -> set[str]:
    """The messages that these happenings tell the usage of."""
    usages = (happening for told in happenings.values() for happening in told if happening.hook == "usage")
    return {told.message_id for happening in usages if (told := token_usage.read(happening))}


def story(row: Session) -> Story:
    return Story(**{name: getattr(row, name) for name in STORY}, carry=Carry.load(row.carry))


def save(user_id: UUID, derivations: Iterable[Derivation]) -> None:
    """Writes sessions in place of what stood there, prompts and all else that is new, and what messages used."""
    derived = list(derivations)
    count_writer.change(user_id, _replace_sessions(user_id, derived))
    insert(user_id, Prompt, [row for one in derived for row in one.prompts])
    insert(user_id, Observation, [row for one in derived for row in one.observations])
    insert(user_id, Summary, [row for one in derived for row in one.summaries])
    insert(user_id, Document, [row for one in derived for row in documents(one)])
    for one in derived:
        _replace_usage(user_id, one.story.session_id, one.spent)
    count_writer.add(user_id, derived)


def _replace_usage(user_id: UUID, session_id: str, spent: dict[str, Spent]) -> None:
    if spent:
        Usage.objects.of(user_id).filter(session_id=session_id, message_id__in=list(spent)).delete()
        insert(user_id, Usage, list(spent.values()))


def _replace_sessions(user_id: UUID, derived: Sequence[Derivation]) -> list[str]:
    """Gives those that belong to another project or machine than was known."""
    there = Session.objects.of(user_id).filter(session_id__in=[one.story.session_id for one in derived])
    places = {row[0]: row for row in there.values_list("session_id", *PLACE)}
    there.delete()
    insert(user_id, Session, [Session(torn=one.torn, **_columns(one.story)) for one in derived])
    now = [tuple(getattr(one.story, name) for name in ("session_id", *PLACE)) for one in derived]
    return [row[0] for row in now if places.get(row[0], row) != row]


def _columns(story: Story) -> dict[str, Any]:
    return {name: getattr(story, name) for name in STORY} | {"carry": story.carry.dump()}


def note(user_id: UUID, happenings: Sequence[Happening]) -> None:
    """Writes where these events stand in their sessions."""
    insert(user_id, Moment, happenings)


def tear(user_id: UUID, seqs: Sequence[int]) -> None:
    """Takes deleted events, by the numbers they had, out of their sessions, which are to be made anew without them."""
    moments = Moment.objects.of(user_id).filter(seq__in=seqs)
    sessions = set(moments.values_list("session_id", flat=True))
    Mark.objects.of(user_id).filter(seq__in=seqs).delete()
    # It may speak of them, and a session is told once.
    Retelling.objects.of(user_id).filter(session_id__in=sessions).update(text="", outcome="deleted", next_us=None)
    moments.delete()
    Session.objects.of(user_id).filter(session_id__in=sessions).update(torn=True)


def forget(user_id: UUID, session_id: str) -> None:
    """Drops what is derived of a session, but for where its events stand."""
    count_writer.change(user_id, [session_id])
    for model in TOLD:
        seqs = model.objects.of(user_id).filter(session_id=session_id).values("seq")
        Document.objects.of(user_id).filter(seq__in=seqs).delete()
    for model in OF_SESSIONS:
        model.objects.of(user_id).filter(session_id=session_id).delete()


def forget_part(user_id: UUID, seqs: Sequence[int]) -> None:
    """Drops where these events stand, and what is derived from each of them alone."""
    for model in (*TOLD, Document, Mark, Moment):
        model.objects.of(user_id).filter(seq__in=seqs).delete()


def forget_all(user_id: UUID) -> None:
    """Drops all that is derived for a user. What the user chose stays."""
    for model in DERIVED:
        model.objects.of(user_id).delete()


def forget_choices(user_id: UUID) -> None:
    """Drops what was chosen for sessions, entries and places of which every event is deleted."""
    there = Session.objects.of(user_id)
    for model in (Choice, Retelling):
        model.objects.of(user_id).exclude(session_id__in=there.values("session_id")).delete()
    Mark.objects.of(user_id).exclude(seq__in=Moment.objects.of(user_id).values("seq")).delete()
    if Stream.objects.filter(user_id=user_id, retired=True).exists():
        return  # that no session is left of a place does not say that somebody deleted them
    folders, repos = there.values("project"), there.exclude(repo="").values("repo")
    Note.objects.of(user_id).exclude(Q(project__in=folders) | Q(repo__in=repos)).delete()
    Allowance.objects.of(user_id).exclude(Q(place__in=folders) | Q(place__in=repos)).delete()
    Filter.objects.of(user_id).exclude(Q(project="") | Q(project__in=folders) | Q(project__in=repos)).delete()


CHOSEN: tuple[Any, ...] = (Choice, Mark, Note, Allowance, Preference, Filter, Helper, Retelling)
TOLD: tuple[Any, ...] = (Prompt, Observation, Summary)  # each has a document to be found by
OF_SESSIONS: tuple[Any, ...] = (*TOLD, Session, Usage, Tally)
DERIVED = (*OF_SESSIONS, Document, Moment, Recount, Daily, HalfHour)
