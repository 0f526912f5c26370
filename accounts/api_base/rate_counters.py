"""Counts uses in windows of time, in the cache `ratelimit`: Redis between processes, or this process's memory."""

import time
import zlib
from dataclasses import dataclass

from django.core.cache import caches

PERIOD_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# The store forgets a count a little after its window, whatever its clock says.
GRACE_S = 5


@dataclass(frozen=True, slots=True)
class RateUsage:
    """`count` of `limit` uses in the window that ends in `seconds_left`."""

    count: int
    limit: int
    seconds_left: int


def count_use(key: str, rate: str, *, increment: bool = True) -> RateUsage | None:
    """Uses of `key` (no spaces) in the current window, this one included if `increment`; None: the store lost them.

    `rate` is a limit per period (`10/m`). Raises what the store raises when it is down.
    """
    limit, period_s = _parse_rate(rate)
    now = int(time.time())
    end = _compute_window_end(key, period_s, now)
    count = _count_in_store(f"{key}:{rate}:{end}", period_s + GRACE_S, increment=increment)
    return None if count is None else RateUsage(count, limit, end - now)


def _parse_rate(rate: str) -> tuple[int, int]:
    limit, _, period_name = rate.partition("/")
    return int(limit), PERIOD_SECONDS[period_name]


def _compute_window_end(key: str, period_s: int, now: int) -> int:
    """The end of the window that `now` is in; each key has its own edge, so that not all of them begin at once."""
    offset = zlib.crc32(key.encode()) % period_s
    return now + period_s - (now - offset) % period_s


def _count_in_store(cache_key: str, timeout_s: int, *, increment: bool) -> int | None:
    store = caches["ratelimit"]
    if not increment:
        return int(store.get(cache_key, 0))
    if store.add(cache_key, 1, timeout_s):
        return 1
    try:
        return int(store.incr(cache_key))
    except ValueError:
        return None
