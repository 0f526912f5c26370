"""The budget of work that one page may spend on captured text. The work starts only after it is spent.

Output has separate limits; these limit computation. After a limit is reached, text is rendered plain.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import thread_time

from events import deadline


@dataclass(slots=True)
class RenderBudget:
    """The remaining budget. It belongs to the thread that created it: it counts the processor time of that thread."""

    spans: int = 10_000  # colored spans
    diff_lines: int = 10_000  # compared lines
    diff_pairs: int = 40_000  # pairs of equal lines, which a comparison tries
    markdown_chars: int = 60_000  # characters of Markdown
    code_chars: int = 60_000  # characters of colored source code
    cpu_seconds: float = 1.0  # processor time; after that, text is not colored, compared or rendered as Markdown
    started_at: float = field(default_factory=thread_time)

    def spend(self, **amounts: int) -> bool:
        """Spends these amounts if all of them are left, and returns whether it did.

        Raises Problem `unavailable` if the request was canceled or its time is over.
        """
        deadline.check()
        if thread_time() - self.started_at > self.cpu_seconds:
            return False
        if any(getattr(self, name) < amount for name, amount in amounts.items()):
            return False
        for name, amount in amounts.items():
            setattr(self, name, getattr(self, name) - amount)
        return True


_current_budget: ContextVar[RenderBudget | None] = ContextVar("budget", default=None)


def current_budget() -> RenderBudget:
    """Returns the budget of this page; a full budget if none is set."""
    return _current_budget.get() or RenderBudget()


@contextmanager
def use_budget(budget: RenderBudget) -> Iterator[None]:
    """Makes `budget` the current budget within a `with` block."""
    reset_token = _current_budget.set(budget)
    try:
        yield
    finally:
        _current_budget.reset(reset_token)


def export_budget() -> RenderBudget:
    """Returns the budget for a hundred events of an export. It is larger, because no user waits for a page."""
    return RenderBudget(
        spans=60_000, diff_lines=20_000, diff_pairs=80_000, markdown_chars=300_000, code_chars=300_000, cpu_seconds=3.0
    )
