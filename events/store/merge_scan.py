"""Loads the newest rows of several index ranges of a table together, such as the events of several locations.

Each range is read from its own end of an index, up to the length of a page. With one condition for all ranges, a
database would sort all their rows, or scan all rows of a user to find a few.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

TimePosition = tuple[int, int]  # a time in microseconds, and the number in the log
RANGE_BATCH_SIZE = 400  # ranges in one statement; SQLite allows 500
FIRST_TIME_US, LAST_POSITION = (
    -(2**63),
    (2**63 - 1, 0),
)  # tombstones have the greatest time, so the last position excludes them


@dataclass(frozen=True, slots=True)
class IndexRanges:
    """SQL names of a table and its columns. An index orders the rows of each value of `column` by `time` and `seq`."""

    table: str
    time: str
    column: str = ""

    def build_sql(self) -> str:
        condition = f" AND {self.column} = %s" if self.column else ""
        return (
            f"SELECT * FROM (SELECT {self.time} AS at_us, seq FROM {self.table} WHERE user_id = %s{condition}"
            f" AND {self.time} >= %s AND ({self.time}, seq) < (%s, %s) ORDER BY {self.time} DESC, seq DESC LIMIT %s)"
            " AS part"
        )


EVENTS_BY_LOCATION = IndexRanges("events_event", "ts_us", "location_id")
ALL_EVENTS = IndexRanges("events_event", "ts_us")


def load_newest(
    user_id: UUID,
    ranges: IndexRanges,
    values: Sequence[Any],
    *,
    limit: int,
    since_us: int | None = None,
    before: TimePosition = LAST_POSITION,
) -> list[TimePosition]:
    """Loads the positions of the newest rows with one of the values, newest first. Call within `acting_for`."""
    since = FIRST_TIME_US if since_us is None else since_us
    found = (
        position
        for at in range(0, len(values), RANGE_BATCH_SIZE)
        for position in _load_positions(user_id, ranges, values[at : at + RANGE_BATCH_SIZE], (since, *before, limit))
    )
    return heapq.nlargest(limit, found)


def _load_positions(
    user_id: UUID, ranges: IndexRanges, values: Sequence[Any], bounds: tuple[int, ...]
) -> Iterator[TimePosition]:
    parameters = [part for value in values for part in (user_id, *([value] if ranges.column else ()), *bounds)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([ranges.build_sql()] * len(values)), parameters)
        yield from cursor.fetchall()
