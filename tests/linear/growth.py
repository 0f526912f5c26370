"""Measures how the work of a function grows with its text.

The unit is processor time of this thread, which other load hardly changes.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STEPS = (1, 2, 4, 8)
FLOOR = 0.020  # seconds below which growth cannot be measured
SLACK = 3.0  # times the linear growth; quadratic growth is eight times
TRIES = 5
Work = Callable[[str], object]
Make = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds at each of `STEPS` times the size."""

    seconds: tuple[float, ...]

    @property
    def is_linear(self) -> bool:
        first = self.seconds[0]
        return all(later <= SLACK * step * first + FLOOR for step, later in zip(STEPS, self.seconds, strict=True))


def measured(work: Work, make: Make, size: int) -> Growth:
    """The least times of some tries. Tries again while the growth does not look linear."""
    texts = [make(size * step) for step in STEPS]
    best = [seconds(work, text) for text in texts]
    for _ in range(TRIES):
        if Growth(tuple(best)).is_linear:
            break
        best = [min(before, seconds(work, text)) for before, text in zip(best, texts, strict=True)]
    return Growth(tuple(best))


def seconds(work: Work, text: str) -> float:
    with _no_collection():
        began = time.thread_time()
        work(text)
        return time.thread_time() - began


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def growing(work: Work, texts: dict[str, Make], size: int) -> Iterator[tuple[str, Growth]]:
    """The texts on which the work grows faster than linearly, by name."""
    for name, make in texts.items():
        # If even the longest text takes almost no time, growth cannot be measured.
        if seconds(work, make(size * STEPS[-1])) > FLOOR:
            growth = measured(work, make, size)
            if not growth.is_linear:
                yield name, growth
