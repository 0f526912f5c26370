"""How much work one page may make of captured text. It is spent before the work is done.

What is shown has bounds of its own; these are for what is computed. Where one is spent, text stands there plain.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import thread_time

from events import deadline


@dataclass(slots=True)
class Budget:
    """What is left. For the thread that it was made in, whose processor time counts."""

    spans: int = 10_000  # of colors
    lines: int = 10_000  # compared with others
    pairs: int = 40_000  # of equal lines, which a comparison tries
    prose: int = 60_000  # characters of Markdown
    code: int = 60_000  # characters of source code in colors
    seconds: float = 1.0  # of processor time; after them nothing is colored, compared or laid out
    began: float = field(default_factory=thread_time)

    def take(self, **amounts: int) -> bool:
        """Spends these amounts, if all of them are left. Raises Problem when the request was given up."""
        deadline.check()
        if thread_time() - self.began > self.seconds:
            return False
        if any(getattr(self, name) < amount for name, amount in amounts.items()):
            return False
        for name, amount in amounts.items():
            setattr(self, name, getattr(self, name) - amount)
        return True


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget:
    """The budget of this page; a whole one where nobody set one up."""
    return _current.get() or Budget()


@contextmanager
def spending(budget: Budget) -> Iterator[None]:
    """Within it this budget is the current one."""
    before = _current.set(budget)
    try:
        yield
    finally:
        _current.reset(before)


def export() -> Budget:
    """For a hundred events of a file to keep: nobody waits for it to be shown."""
    return Budget(spans=60_000, lines=20_000, pairs=80_000, prose=300_000, code=300_000, seconds=3.0)
