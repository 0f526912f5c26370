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
class RenderBudget:
    """What is left. For the thread that it was made in, whose processor time counts."""

    spans: int = 10_000  # of colors
    diff_lines: int = 10_000  # compared with others
    diff_pairs: int = 40_000  # of equal lines, which a comparison tries
    markdown_chars: int = 60_000  # characters of Markdown
    code_chars: int = 60_000  # characters of source code in colors
    cpu_seconds: float = 1.0  # of processor time; after them nothing is colored, compared or laid out
    started_at: float = field(default_factory=thread_time)

    def spend(self, **amounts: int) -> bool:
        """Spends these amounts, if all of them are left. Raises Problem when the request was given up."""
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
    """The budget of this page; a whole one where nobody set one up."""
    return _current_budget.get() or RenderBudget()


@contextmanager
def use_budget(budget: RenderBudget) -> Iterator[None]:
    """Within it this budget is the current one."""
    reset_token = _current_budget.set(budget)
    try:
        yield
    finally:
        _current_budget.reset(reset_token)


def export_budget() -> RenderBudget:
    """For a hundred events of a file to keep: nobody waits for it to be shown."""
    return RenderBudget(
        spans=60_000, diff_lines=20_000, diff_pairs=80_000, markdown_chars=300_000, code_chars=300_000, cpu_seconds=3.0
    )
