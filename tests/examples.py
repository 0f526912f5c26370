"""The number of examples that a test tries: lower under coverage, and on the second database."""

import os
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar
from zlib import crc32

from hypothesis import settings

T = TypeVar("T")

USUAL = 100
# Set by the stage that measures coverage (`script/stages/plan.py`).
MOST = int(os.environ.get("MEMFOG_TEST_EXAMPLES", "0"))
# A stage that repeats what another one tries sends one request of so many to each route.
SHARE = int(os.environ.get("MEMFOG_TEST_SHARE", "1"))


def tried(count: int = USUAL) -> int:
    return min(count, MOST or count)


def at_most(count: int) -> settings:
    """Returns settings for a test whose examples cost more, or less, than usual."""
    return settings(max_examples=tried(count))


def share(items: Iterable[T], key: str) -> Iterable[T]:
    """Returns every `SHARE`th item. The key, such as a route, decides which: together all keys try all items."""
    return islice(items, crc32(key.encode()) % SHARE, None, SHARE)
