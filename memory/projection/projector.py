"""Reads a user's log from where it was left, and derives what the rows of memory say.

Rows and cursor are written in one transaction a slice, so that a crash anywhere repeats nothing and skips nothing.
What is slow, reading and deriving, comes before it: several may try at once, and whoever finds the cursor moved
throws its work away and looks again.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from events.isolation.row_security import acting_for
from events.store import log
from events.wire.hook_event import Happening, read
from memory.models import Progress
from memory.preferences import preference_queries
from memory.projection import index_cleanup, repository, session_rebuild, table_statistics
from memory.rules.session_projection import Derivation, begun

# What is derived, and how: a server that knows a newer one makes everything anew.
VERSION = 10
SLICE = 500  # events read and written at a time


def catch_up(
    user_id: UUID, *, seconds: float = 1e9, at_once: int = SLICE, told: Callable[[int], None] = lambda cursor: None
) -> bool:
    """Brings what is derived up to the end of the log; False if `seconds` were too few. Idempotent.

    `told` hears how far it has come, after each slice.
    """
    until = time.monotonic() + seconds
    progress, head = _progress(user_id), log.head(user_id)
    while progress is not None and progress.cursor < head:
        # At least one, however busy the machine: small logs are read by then.
        step(user_id, progress, at_once)
        progress, head = _progress(user_id), log.head(user_id)
        told(progress.cursor if progress else 0)
        if time.monotonic() > until:
            break
    if progress is not None and progress.cursor < head:
        return False
    if progress is None or progress.settled:
        return True
    if mended := session_rebuild.mend(user_id, until=until):
        _settle(user_id, progress)
    return mended


def _settle(user_id: UUID, progress: Progress) -> None:
    """Nothing is left to do, unless somebody read on meanwhile."""
    if progress.deleted:
        index_cleanup.scrub()
    with acting_for(user_id), transaction.atomic():
        if _here(progress).update(settled=True, deleted=False) and progress.deleted:
            repository.forget_choices(user_id)


def _progress(user_id: UUID) -> Progress | None:
    """How far the log has been read; from its beginning if that was by other rules. None when the user is gone."""
    progress = Progress.objects.filter(user_id=user_id).first()
    if progress is not None and progress.version == VERSION:
        return progress
    if not log.head(user_id):
        return None
    try:
        return start_over(user_id)
    except IntegrityError:
        return None


def start_over(user_id: UUID) -> Progress:
    """Drops all that is derived, in one transaction. The next `catch_up` begins with the first event."""
    with acting_for(user_id), transaction.atomic():
        Progress.objects.get_or_create(user_id=user_id)
        progress = Progress.objects.select_for_update().get(user_id=user_id)
        progress.cursor, progress.version, progress.settled = 0, VERSION, True
        progress.begun += 1
        progress.save()
        repository.forget_all(user_id)
    return progress


def step(user_id: UUID, progress: Progress, at_once: int) -> None:
    """Derives what the next slice of the log says."""
    records = log.after(user_id, progress.cursor, limit=at_once)
    if not records:
        return
    happenings = [
        happening
        for record in records
        if not record.deleted and (happening := read(record.seq, record.id, record.text, record.received_us))
    ]
    gone = [record.seq for record in records if record.deleted]
    derived = _derive(user_id, happenings)
    with acting_for(user_id), transaction.atomic():
        if not _move(progress, records[-1].seq, deleted=progress.deleted or bool(gone)):
            return
        repository.note(user_id, happenings)
        repository.save(user_id, derived)
        if gone:
            repository.tear(user_id, log.numbers_before(user_id, gone))
    table_statistics.note_read(len(records))


def _derive(user_id: UUID, happenings: list[Happening]) -> list[Derivation]:
    by_session: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        by_session[happening.session_id].append(happening)
    with acting_for(user_id):
        skipped = preference_queries.skipped(user_id)
        known = repository.known(user_id, by_session, skipped=skipped)
    derived = []
    for session_id, told in by_session.items():
        derivation = known.get(session_id) or begun(told, skipped=skipped)
        derivation.take(told)
        derived.append(derivation)
    return derived


def _move(progress: Progress, cursor: int, *, deleted: bool) -> bool:
    """Moves the cursor if it is where it was. The row is locked from here on."""
    return _here(progress).update(cursor=cursor, settled=False, deleted=deleted) == 1


def _here(progress: Progress) -> QuerySet[Progress]:
    """The row, unless somebody read on or began anew since it was read."""
    same = {"user_id": progress.user_id, "cursor": progress.cursor, "begun": progress.begun}
    return Progress.objects.filter(version=VERSION, **same)
