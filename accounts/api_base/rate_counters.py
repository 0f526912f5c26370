"""Counts uses per time window in the cache `ratelimit`: Redis for several processes, or this process's memory."""

import time
import zlib
from dataclasses import dataclass

from django.core.cache import caches

PERIOD_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# Counts expire a little after their window, so that the store's clock may differ from ours.
GRACE_S = 5


@dataclass(frozen=True, slots=True)
class RateUsage:
    """`count` of `limit` uses in the window that ends in `seconds_left` seconds."""

    count: int
    limit: int
    seconds_left: int


def count_use(key: str, rate: str, *, increment: bool = True) -> RateUsage | None:
    """Counts the uses of `key` in the current window, including this use if `increment`.

    `key` contains no spaces; `rate` is a limit per period (`10/m`). Returns None if the store lost the count. Raises
    the store's own error when the store is down.
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
    """Returns the end of the current window. The edges differ per key, so that not all windows start at once."""
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
