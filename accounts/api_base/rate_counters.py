"""Counts uses in windows of time, in the cache `ratelimit`: Redis between processes, or this process's memory."""

import time
import zlib
from dataclasses import dataclass

from django.core.cache import caches

PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# The store forgets a count a little after its window, whatever its clock says.
GRACE = 5


@dataclass(frozen=True, slots=True)
class Usage:
    """`count` of `limit` uses in the window that ends in `seconds_left`."""

    count: int
    limit: int
    seconds_left: int


def count_use(key: str, rate: str, *, increment: bool = True) -> Usage | None:
    """Uses of `key` (no spaces) in the current window, this one included if `increment`; None: the store lost them.

    `rate` is a limit per period (`10/m`). Raises what the store raises when it is down.
    """
    limit, period = _read_rate(rate)
    now = int(time.time())
    end = _window_end(key, period, now)
    count = _count(f"{key}:{rate}:{end}", period + GRACE, increment=increment)
    return None if count is None else Usage(count, limit, end - now)


def _read_rate(rate: str) -> tuple[int, int]:
    limit, _, period = rate.partition("/")
    return int(limit), PERIODS[period]


def _window_end(key: str, period: int, now: int) -> int:
    """The end of the window that `now` is in; each key has its own edge, so that not all of them begin at once."""
    edge = zlib.crc32(key.encode()) % period
    return now + period - (now - edge) % period


def _count(entry: str, timeout: int, *, increment: bool) -> int | None:
    store = caches["ratelimit"]
    if not increment:
        return int(store.get(entry, 0))
    if store.add(entry, 1, timeout):
        return 1
    try:
        return int(store.incr(entry))
    except ValueError:
        return None
