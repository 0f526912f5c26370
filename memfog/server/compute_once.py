"""What is made once for a process, also when several threads ask for it first."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


def compute_once(make: Callable[[], T]) -> Callable[[], T]:
    """`make`, called once: whoever asks meanwhile waits for its value. `functools.cache` lets each of them make one.

    What raises is tried again by the next.
    """
    lock, cached = Lock(), list[T]()

    @wraps(make)
    def get_value() -> T:
        if not cached:
            with lock:
                if not cached:
                    cached.append(make())
        return cached[0]

    return get_value
