"""The newest rows of several stretches of a table together, such as the events of some places.

Each stretch is read from its own end of an index, and no further than the page is long. Asked for all of them in one
condition, a database would sort everything in them, or walk through all of a user's rows to find a few.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

Place = tuple[int, int]  # a time in microseconds, and the number in the log
AT_ONCE = 400  # stretches in one statement: SQLite takes 500
FIRST, LAST = -(2**63), (2**63 - 1, 0)  # deleted events stand at the last time there is, and so behind it


@dataclass(frozen=True, slots=True)
class Stretches:
    """Where they are: for each value of `column` there is an index by `time` and `seq`. All are names in SQL."""

    table: str
    time: str
    column: str = ""

    def one(self) -> str:
        which = f" AND {self.column} = %s" if self.column else ""
        return (
            f"SELECT * FROM (SELECT {self.time} AS at_us, seq FROM {self.table} WHERE user_id = %s{which}"
            f" AND {self.time} >= %s AND ({self.time}, seq) < (%s, %s) ORDER BY {self.time} DESC, seq DESC LIMIT %s)"
            " AS part"
        )


OF_PLACES = Stretches("events_event", "ts_us", "place_id")
OF_ALL = Stretches("events_event", "ts_us")


def newest(
    user_id: UUID,
    stretches: Stretches,
    values: Sequence[Any],
    *,
    limit: int,
    since_us: int | None = None,
    before: Place = LAST,
) -> list[Place]:
    """Where the newest rows stand whose column is one of these values, the latest first. Act for the user first."""
    since = FIRST if since_us is None else since_us
    found = (
        place
        for at in range(0, len(values), AT_ONCE)
        for place in _asked(user_id, stretches, values[at : at + AT_ONCE], (since, *before, limit))
    )
    return heapq.nlargest(limit, found)


def _asked(user_id: UUID, stretches: Stretches, values: Sequence[Any], bounds: tuple[int, ...]) -> Iterator[Place]:
    given = [part for value in values for part in (user_id, *([value] if stretches.column else ()), *bounds)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([stretches.one()] * len(values)), given)
        yield from cursor.fetchall()
