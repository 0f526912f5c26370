"""Finds the users whose totals are outdated, so that a worker refreshes them before the user looks at the insights.

A claim is a time in the user's row: a worker that dies leaves its users to another one after `REFRESH_INTERVAL_S`.
"""

import time
from uuid import UUID

from memory.projection import rollups, statements

REFRESH_INTERVAL_S = 600.0  # of one user: a page refreshes the few days that changed since
CLAIM_SIZE = 10  # users: a fraction of a second
USER_TIMEOUT_S = 5.0

_CLAIM_SQL = """
UPDATE memory_projectionstate SET totals_us = %s WHERE user_id IN (
    SELECT user_id FROM memory_projectionstate WHERE cursor > totals_cursor AND totals_us < %s
    ORDER BY totals_us LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING user_id, cursor"""
_DONE_SQL = "UPDATE memory_projectionstate SET totals_cursor = %s WHERE user_id = %s"


def refresh_outdated_totals(deadline: float) -> bool:
    """Refreshes the totals of users with new events. Returns False if some are left. Only on PostgreSQL.

    `deadline` is in seconds of the monotonic clock.
    """
    while claimed := _claim():
        for user_id, cursor in claimed:
            if rollups.refresh_totals(user_id, seconds=USER_TIMEOUT_S):
                statements.execute(_DONE_SQL, [cursor, user_id])
        if time.monotonic() > deadline:
            return False
    return True


def _claim() -> list[tuple[UUID, int]]:
    now_us = time.time_ns() // 1_000
    return [
        (row[0], row[1])
        for row in statements.fetch(_CLAIM_SQL, [now_us, now_us - int(REFRESH_INTERVAL_S * 1e6), CLAIM_SIZE])
    ]
