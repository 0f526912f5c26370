"""One run: down to the end of their log, up a round of ours, and so on until neither side has news.

What was sent counts as arrived only once their log was walked to its end afterwards, and the place where that ended is
marked. A run that is killed before sends its last round again, which costs the way and nothing else.
"""

import random
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from events.store import log
from sync import pull, push, sync_links
from sync.models import Link
from sync.remote_server import Other
from sync.sync_errors import CursorLost, Forbidden, Halted, Later, Overtaken

ROUND_REQUESTS, ROUND_SECONDS = 20, 10.0
FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0  # seconds


@dataclass(slots=True)
class Tally:
    """How far a run has come. `left` is how many numbers of our log are yet to be looked at."""

    sent: int = 0
    received: int = 0
    deleted_there: int = 0
    deleted_here: int = 0
    left: int = 0

    def __add__(self, more: "Tally") -> "Tally":
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(more), strict=True)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `done`, `unfinished` (its time was up), `later`, `halted`, `overtaken` or `none` (no link)."""

    state: str
    tally: Tally
    trouble: str = ""
    wait: float = 0.0


Told = Callable[[Tally], None]


def attempt(
    user_id: UUID, *, seconds: float = 1e9, background: bool = False, told: Told = lambda tally: None
) -> Outcome:
    """Syncs until both sides are the same or the time is up, and notes how it ended. `background`: only while on."""
    link, tally = sync_links.of(user_id), Tally()
    if link is None:
        return Outcome("none", tally)
    start, tries = (link.pushed, link.cursor), link.tries
    try:
        sync_links.move(link, ran_at=timezone.now())
        done = _run(link, tally, time.monotonic() + seconds, background, told)
    except Overtaken:
        return Outcome("overtaken", tally)
    except Halted as trouble:
        return _note(link, Outcome("halted", tally, str(trouble)), halted=True)
    except Forbidden as trouble:
        return _note(link, Outcome("halted", tally, f"This token may not read there. {trouble}"), halted=True)
    except Later as trouble:
        tries = tries if start == (link.pushed, link.cursor) else 0
        wait = max(trouble.after or 0.0, _backoff(tries))
        again = {"tries": tries + 1, "next_try_at": timezone.now() + timedelta(seconds=wait)}
        return _note(link, Outcome("later", tally, str(trouble), wait), **again)
    now = timezone.now()
    ended: dict[str, Any] = {"tries": 0, "next_try_at": None, "halted": False} | ({"done_at": now} if done else {})
    return _note(link, Outcome("done" if done else "unfinished", tally), **ended)


def _backoff(tries: int) -> float:
    """Twice as long each time, and never two servers in step."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries, 10)) * random.uniform(0.5, 1.0)  # noqa: S311


def _note(link: Link, outcome: Outcome, **fields: Any) -> Outcome:
    # By its name only: another run may have moved the cursors on meanwhile.
    mine = Link.objects.filter(user_id=link.user_id, made=link.made)
    mine.update(trouble=outcome.trouble, **fields)
    return outcome


def _run(link: Link, tally: Tally, until: float, background: bool, told: Told) -> bool:
    token = sync_links.token(link)
    if token is None:
        raise Halted("The key that sealed the token is gone. Link anew.")
    other = Other(link, token)
    try:
        if (whose := other.whose()) != link.other:
            sync_links.start_over(link, other=whose)
        return _rounds(link, other, tally, until, background, told)
    finally:
        other.close()


def _rounds(link: Link, other: Other, tally: Tally, until: float, background: bool, told: Told) -> bool:
    sent = push.Sent(link.pushed)
    while True:
        try:
            if not _down(link, other, tally, until, background, told):
                return False
        except CursorLost:
            # What was sent may be lost as well: this run's round begins anew from what is certain.
            sync_links.go_back(link, sent=sent.events, deleted=sent.deleted)
            sent = push.Sent(link.pushed)
            continue
        if sent.upto != link.pushed or _is_news(link):
            head = log.head(link.user_id)
            sync_links.settle(link, pushed=sent.upto, head=head, sent=sent.events, deleted=sent.deleted)
        if sent.trouble:
            raise sent.trouble
        sent = _up(link, other, tally, told)
        if not sent.requests and sent.upto == link.pushed:
            return True


def _is_news(link: Link) -> bool:
    return bool(link.cursor) and (not link.marks or link.marks[-1][:2] != [link.cursor, link.mark])


def _down(link: Link, other: Other, tally: Tally, until: float, background: bool, told: Told) -> bool:
    """Walks their log to its end. False if the time is up, or the link was paused."""
    before = (link.received, link.deleted_here)
    start = (tally.received, tally.deleted_here)
    while True:
        page = other.pull(link.cursor, link.mark)
        if page.cursor == link.cursor and not page.deleted and not page.events:
            return True
        pull.take(link, page)
        tally.received = start[0] + link.received - before[0]
        tally.deleted_here = start[1] + link.deleted_here - before[1]
        told(tally)
        if time.monotonic() > until or (background and not link.on):
            return False


def _up(link: Link, other: Other, tally: Tally, told: Told) -> push.Sent:
    """Sends a round of our log: some requests or some seconds, whichever ends first."""
    sent, came = push.Sent(link.pushed), sync_links.stretches(link.user_id, link.pushed)
    before, enough = (tally.sent, tally.deleted_there), time.monotonic() + ROUND_SECONDS
    while sent.requests < ROUND_REQUESTS and time.monotonic() < enough:
        next_ = push.batch(link, sent.upto, came)
        if next_.upto == sent.upto:
            break
        try:
            push.send(link, other, next_, sent)
        except Later as trouble:
            if not sent.requests:
                raise
            # What did arrive is to count, or a server that bears little would be sent the same for ever.
            sent.trouble = trouble
            break
        tally.sent, tally.deleted_there = before[0] + sent.events, before[1] + sent.deleted
        tally.left = max(0, log.head(link.user_id) - sent.upto)
        told(tally)
    return sent
