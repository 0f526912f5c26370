"""When a request is given up on, or moved to another process. Work for it in a thread asks now and then, and ends
soon after."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from time import monotonic, thread_time
from typing import Self

from accounts.api_base.problem import Problem


@dataclass(slots=True)
class Wait:
    """Somebody waits until a time, unless they, or whoever waits for them, leave before."""

    until: float
    outer: Self | None
    on_leave: Callable[[], object] | None  # called when it is given up

    def give_up(self) -> None:
        self.until = -inf
        if self.on_leave:
            self.on_leave()

    @property
    def is_given_up(self) -> bool:
        return self.until == -inf

    def is_left(self) -> bool:
        """Whether it was given up, or what it is within."""
        return self.is_given_up or (self.outer is not None and self.outer.is_left())

    def is_over(self, now: float) -> bool:
        return now > self.until or (self.outer is not None and self.outer.is_over(now))


_wait: ContextVar[Wait | None] = ContextVar("wait", default=None)


@dataclass(slots=True)
class Share:
    """So much processor time of one thread, in seconds, from its first look on."""

    seconds: float
    began: float | None = None
    spent: float = 0.0

    @property
    def is_used_up(self) -> bool:
        return self.spent > self.seconds

    def is_over(self, now: float) -> bool:
        self.began = now if self.began is None else self.began
        self.spent = max(self.spent, now - self.began)
        return self.is_used_up


_share: ContextVar[Share | None] = ContextVar("share", default=None)


@contextmanager
def within(seconds: float) -> Iterator[Wait]:
    """What is done within it, also in a thread with a copy of its context, has so many seconds, and no more."""
    with waiting(Wait(monotonic() + seconds, _wait.get(), None)) as wait:
        yield wait


@contextmanager
def waiting(wait: Wait) -> Iterator[Wait]:
    """What is done within it ends when this wait does."""
    before = _wait.set(wait)
    try:
        yield wait
    finally:
        _wait.reset(before)


@contextmanager
def sharing(seconds: float) -> Iterator[Share]:
    """What is done within it, in a thread with a copy of its context, has so much processor time, and no more."""
    share = Share(seconds)
    before = _share.set(share)
    try:
        yield share
    finally:
        _share.reset(before)


def is_given_up() -> bool:
    """Whether whoever waited for this has left, or waits for another process."""
    wait, share = _wait.get(), _share.get()
    return (wait is not None and wait.is_left()) or (share is not None and share.is_used_up)


def check() -> None:
    """Raises Problem `unavailable` when nobody waits for this any more, here."""
    wait, share = _wait.get(), _share.get()
    if wait is not None and wait.is_over(monotonic()):
        raise Problem("unavailable", "This took too long; try again shortly.")
    if share is not None and share.is_over(thread_time()):
        raise Problem("unavailable", "This is answered by another process.")
