"""Deadlines, cancellation and CPU budgets of requests.

Work in a thread calls `check` regularly, so that it ends soon after its request was cancelled or moved to another
process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from time import monotonic, thread_time
from typing import Self

from accounts.api_base.problem import Problem


@dataclass(slots=True)
class CancelScope:
    """A deadline of work. The work ends earlier when this scope or a parent scope is cancelled."""

    deadline: float
    parent: Self | None
    on_cancel: Callable[[], object] | None  # called by `cancel`

    def cancel(self) -> None:
        self.deadline = -inf
        if self.on_cancel:
            self.on_cancel()

    @property
    def cancel_called(self) -> bool:
        return self.deadline == -inf

    def is_cancelled(self) -> bool:
        """Returns whether this scope or a parent scope was cancelled."""
        return self.cancel_called or (self.parent is not None and self.parent.is_cancelled())

    def is_expired(self, now: float) -> bool:
        return now > self.deadline or (self.parent is not None and self.parent.is_expired(now))


_cancel_scope: ContextVar[CancelScope | None] = ContextVar("cancel_scope", default=None)


@dataclass(slots=True)
class CpuBudget:
    """A limit of the processor time of one thread, in seconds, counted from the thread's first check."""

    seconds: float
    started_at: float | None = None
    spent: float = 0.0

    @property
    def is_exhausted(self) -> bool:
        return self.spent > self.seconds

    def is_exhausted_at(self, now: float) -> bool:
        self.started_at = now if self.started_at is None else self.started_at
        self.spent = max(self.spent, now - self.started_at)
        return self.is_exhausted


_cpu_budget: ContextVar[CpuBudget | None] = ContextVar("cpu_budget", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[CancelScope]:
    """Limits the time of the block in seconds, also of threads that run with a copy of its context."""
    with activate(CancelScope(monotonic() + seconds, _cancel_scope.get(), None)) as cancel_scope:
        yield cancel_scope


@contextmanager
def activate(cancel_scope: CancelScope) -> Iterator[CancelScope]:
    """Applies a cancel scope to the block, also to threads that run with a copy of its context."""
    token = _cancel_scope.set(cancel_scope)
    try:
        yield cancel_scope
    finally:
        _cancel_scope.reset(token)


@contextmanager
def cpu_limit(seconds: float) -> Iterator[CpuBudget]:
    """Limits the processor time, in seconds, of a thread that runs with a copy of the block's context."""
    cpu_budget = CpuBudget(seconds)
    token = _cpu_budget.set(cpu_budget)
    try:
        yield cpu_budget
    finally:
        _cpu_budget.reset(token)


def is_cancelled() -> bool:
    """Returns whether the request of this work was cancelled or moved to another process."""
    cancel_scope, cpu_budget = _cancel_scope.get(), _cpu_budget.get()
    return (cancel_scope is not None and cancel_scope.is_cancelled()) or (
        cpu_budget is not None and cpu_budget.is_exhausted
    )


def check() -> None:
    """Raises Problem `unavailable` if the deadline has passed, the request was cancelled, or the CPU budget is used."""
    cancel_scope, cpu_budget = _cancel_scope.get(), _cpu_budget.get()
    if cancel_scope is not None and cancel_scope.is_expired(monotonic()):
        raise Problem("unavailable", "The request took too long. Try again shortly.")
    if cpu_budget is not None and cpu_budget.is_exhausted_at(thread_time()):
        raise Problem("unavailable", "The request is handled by another process.")
