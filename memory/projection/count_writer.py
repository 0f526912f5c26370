"""How tallies become rows. Within a transaction, and `acting_for` the user, as all that writes what is derived."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from uuid import UUID

from django.db import connection

from memory.models import Recount, Tally
from memory.rules.half_hour_counts import MODEL, Key, Sum
from memory.rules.session_projection import Derivation
from memory.values.compressed_fields import named

ROWS = 500  # in one statement
SLOTS = 48  # half hours of a day
KEYS, SUMS = ("user_id", "session_id", *Key._fields), tuple(field.name for field in fields(Sum))
_ADD = f"""
INSERT INTO memory_tally ({", ".join(KEYS + SUMS)}) VALUES {{rows}} ON CONFLICT ({", ".join(KEYS)})
DO UPDATE SET {", ".join(f"{name} = memory_tally.{name} + excluded.{name}" for name in SUMS)}"""
_ROW = f"({', '.join(['%s'] * len(KEYS + SUMS))})"


def add(user_id: UUID, derived: Sequence[Derivation]) -> None:
    """Adds what was derived of sessions to their tallies."""
    rows = [(one.story.session_id, *told) for one in derived for told in one.tallies.sums.items()]
    rows = [row for row in rows if any(astuple(row[2]))]
    for at in range(0, len(rows), ROWS):
        _add(user_id, rows[at : at + ROWS])
    # A message that is known better now may have left a tally with nothing in it.
    Tally.objects.of(user_id).filter(session_id__in={row[0] for row in rows}, kind=MODEL, count=0).delete()
    _recount(user_id, (key.slot for _, key, _ in rows))


def _add(user_id: UUID, rows: Sequence[tuple[str, Key, Sum]]) -> None:
    values = [value for session, key, one in rows for value in (user_id, named(session), *key, *astuple(one))]
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=", ".join([_ROW] * len(rows))), values)


def change(user_id: UUID, sessions: Sequence[str]) -> None:
    """What is counted of these sessions is about to go, or to belong elsewhere."""
    if sessions:
        tallies = Tally.objects.of(user_id).filter(session_id__in=sessions)
        _recount(user_id, tallies.values_list("slot", flat=True).distinct())


def _recount(user_id: UUID, slots: Iterable[int]) -> None:
    days = {slot // SLOTS for slot in slots}
    Recount.objects.bulk_create([Recount(user_id=user_id, day=day) for day in sorted(days)], ignore_conflicts=True)
