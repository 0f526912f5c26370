"""Computes a value once per process, even if several threads request it first."""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


def compute_once(make: Callable[[], T]) -> Callable[[], T]:
    """Wraps `make` so that it runs once: other threads wait for its value, while `functools.cache` runs it in each.

    After an exception the next caller runs `make` again.
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
