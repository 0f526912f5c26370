"""Passes one log record of each kind of failure per interval."""

import logging
import time

MAX_KINDS = 1_000  # kinds that are remembered; then all are forgotten


class RepeatGuard:
    """A database that is down is one report in `interval_s` seconds, not one per request."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._last_passed: dict[str, float] = {}

    def is_due(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        kind = f"{record.name} {record.msg} {type(error).__name__}"
        now = time.monotonic()
        if now - self._last_passed.get(kind, -self._interval_s) < self._interval_s:
            return False
        if len(self._last_passed) >= MAX_KINDS:
            self._last_passed.clear()
        self._last_passed[kind] = now
        return True
