"""Makes sessions anew from all of their events: those to which something came late, or of which some was deleted."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction

from events.isolation.row_security import acting_for, for_its_user
from events.store import log
from events.wire.hook_event import Happening, read
from memory.models import Moment, Progress, Session
from memory.preferences import preference_queries
from memory.projection import repository
from memory.rules.session_projection import Derivation, begun

AT_ONCE = 500  # events read at a time
TRIES = 5


def mend(user_id: UUID, *, until: float) -> bool:
    """Mends what is torn; False if there was no time for all of it."""
    return all(_mend(user_id, session_id) and time.monotonic() <= until for session_id in _torn(user_id))


@for_its_user
def _torn(user_id: UUID) -> list[str]:
    return list(Session.objects.of(user_id).filter(torn=True).values_list("session_id", flat=True))


def _mend(user_id: UUID, session_id: str) -> bool:
    """One session. Left torn when new events keep coming meanwhile; the next reader tries again."""
    for _ in range(TRIES):
        begun_before, seqs = _begun(user_id), _seqs(user_id, session_id)
        derived = _derive(user_id, seqs)
        with acting_for(user_id), transaction.atomic():
            # Nobody reads on while this is compared and written.
            list(Progress.objects.select_for_update().filter(user_id=user_id))
            if (_begun(user_id), _seqs(user_id, session_id)) == (begun_before, seqs):
                repository.forget(user_id, session_id)
                repository.save(user_id, [derived] if derived else [])
                return True
    return False


def _begun(user_id: UUID) -> int | None:
    """How often all of it was begun anew: by other rules in between, or with other tools to leave out."""
    return Progress.objects.filter(user_id=user_id).values_list("begun", flat=True).first()


@for_its_user
def _seqs(user_id: UUID, session_id: str) -> list[int]:
    """The session's events in their order."""
    moments = Moment.objects.of(user_id).filter(session_id=session_id).in_order()
    return list(moments.values_list("seq", flat=True))


def _derive(user_id: UUID, seqs: Sequence[int]) -> Derivation | None:
    derived, skipped = None, preference_queries.skipped(user_id)
    for happenings in _in_slices(user_id, seqs):
        derived = derived or begun(happenings, skipped=skipped)
        derived.take(happenings)
    return derived


def _in_slices(user_id: UUID, seqs: Sequence[int]) -> Iterator[list[Happening]]:
    for at in range(0, len(seqs), AT_ONCE):
        records = log.numbered(user_id, seqs[at : at + AT_ONCE])
        # One that was deleted a moment ago is missed here; the log will say so.
        told = (read(record.seq, record.id, record.text, record.received_us) for record in records)
        if happenings := [happening for happening in told if happening]:
            yield happenings
