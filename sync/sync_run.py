"""Runs sync: pulls the remote log to its end, pushes a round of the local log, and repeats until nothing is new.

Pushed events count as stored only after a later pull reached the end of the remote log and saved a checkpoint. A run
that is killed before that sends its last round again; the remote server counts those events as duplicates.
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
from sync.models import SyncLink
from sync.remote_server import RemoteServer
from sync.sync_errors import ConcurrentRun, CursorLost, Forbidden, RetryLater, SyncHalted

MAX_ROUND_REQUESTS, MAX_ROUND_S = 20, 10.0
BASE_BACKOFF_S, MAX_BACKOFF_S = 5.0, 900.0


@dataclass(slots=True)
class SyncProgress:
    """Counts of a run. `remaining` is the number of sequence numbers of the local log that are not processed yet."""

    sent: int = 0
    received: int = 0
    deleted_remotely: int = 0
    deleted_locally: int = 0
    remaining: int = 0

    def __add__(self, other: "SyncProgress") -> "SyncProgress":
        return SyncProgress(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class SyncResult:
    """Result of a run.

    `state` is `done`, `unfinished` (time limit reached), `later`, `halted`, `overtaken` (by another run) or `none`
    (no link).
    """

    state: str
    progress: SyncProgress
    error: str = ""
    wait_s: float = 0.0


SyncProgressCallback = Callable[[SyncProgress], None]


def run_sync(
    user_id: UUID,
    *,
    time_limit_s: float = 1e9,
    background: bool = False,
    on_progress: SyncProgressCallback = lambda progress: None,
) -> SyncResult:
    """Syncs until both logs are equal or the time limit is reached, and saves the result in the link.

    With `background`, the run ends when the user pauses the link.
    """
    link, progress = sync_links.load_link(user_id), SyncProgress()
    if link is None:
        return SyncResult("none", progress)
    start_position, attempts = (link.pushed_seq, link.cursor), link.attempts
    try:
        sync_links.update_link(link, last_run_at=timezone.now())
        deadline = time.monotonic() + time_limit_s
        is_complete = SyncRun(link, _connect(link), progress, deadline, background, on_progress).run()
    except ConcurrentRun:
        return SyncResult("overtaken", progress)
    except (SyncHalted, Forbidden) as error:
        return _save_result(link, SyncResult("halted", progress, _describe(error)), halted=True)
    except RetryLater as error:
        attempts = attempts if start_position == (link.pushed_seq, link.cursor) else 0
        return _save_retry(link, progress, error, attempts)
    fields: dict[str, Any] = {"last_synced_at": timezone.now()} if is_complete else {}
    result = SyncResult("done" if is_complete else "unfinished", progress)
    return _save_result(link, result, attempts=0, next_attempt_at=None, halted=False, **fields)


def _describe(error: SyncHalted | Forbidden) -> str:
    return f"The token may not read on the other server. {error}" if isinstance(error, Forbidden) else str(error)


def _save_retry(link: SyncLink, progress: SyncProgress, error: RetryLater, attempts: int) -> SyncResult:
    wait_s = max(error.retry_after_s or 0.0, _backoff(attempts))
    next_attempt_at = timezone.now() + timedelta(seconds=wait_s)
    result = SyncResult("later", progress, str(error), wait_s)
    return _save_result(link, result, attempts=attempts + 1, next_attempt_at=next_attempt_at)


def _connect(link: SyncLink) -> RemoteServer:
    token = sync_links.decrypt_token(link)
    if token is None:
        raise SyncHalted("The encryption key of the token is missing. Link again.")
    return RemoteServer(link, token)


def _backoff(attempts: int) -> float:
    """Returns the pause in seconds: it doubles with each attempt, and is random so that servers do not synchronize."""
    return min(MAX_BACKOFF_S, BASE_BACKOFF_S * 2.0 ** min(attempts, 10)) * random.uniform(0.5, 1.0)  # noqa: S311


def _save_result(link: SyncLink, result: SyncResult, **fields: Any) -> SyncResult:
    # Filter by `link_id` only: another run may have moved the cursors in the meantime.
    this_link = SyncLink.objects.filter(user_id=link.user_id, link_id=link.link_id)
    this_link.update(last_error=result.error, **fields)
    return result


@dataclass(slots=True)
class SyncRun:
    """One run of a link: its remote server, its counts so far and when it must stop."""

    link: SyncLink
    remote: RemoteServer
    progress: SyncProgress
    deadline: float  # of the monotonic clock
    background: bool  # ends when the user pauses the link
    on_progress: SyncProgressCallback

    def run(self) -> bool:
        """Returns False if the time limit was reached or the link was paused before both logs were equal."""
        try:
            if (remote_user_id := self.remote.fetch_user_id()) != self.link.remote_user_id:
                sync_links.reset_link(self.link, remote_user_id=remote_user_id)
            return self._run_rounds()
        finally:
            self.remote.close()

    def _run_rounds(self) -> bool:
        push_round = push.PushRound(self.link.pushed_seq)
        while True:
            try:
                if not self._pull_all():
                    return False
            except CursorLost:
                # The pushed events may be lost as well: restart the round from the last checkpoint.
                sync_links.rewind(self.link, sent=push_round.events, deleted=push_round.deleted)
                push_round = push.PushRound(self.link.pushed_seq)
                continue
            self._save_checkpoint(push_round)
            if push_round.error:
                raise push_round.error
            push_round = self._push_round()
            if not push_round.requests and push_round.up_to_seq == self.link.pushed_seq:
                return True

    def _save_checkpoint(self, push_round: push.PushRound) -> None:
        """Saves a checkpoint if the round moved the position, or if the last checkpoint is of another row."""
        link, up_to_seq = self.link, push_round.up_to_seq
        is_same_row = bool(link.checkpoints) and link.checkpoints[-1][:2] == [link.cursor, link.row_digest]
        if up_to_seq != link.pushed_seq or (link.cursor and not is_same_row):
            head, counts = log.load_head(link.user_id), {"sent": push_round.events, "deleted": push_round.deleted}
            sync_links.save_checkpoint(link, pushed_seq=up_to_seq, head=head, **counts)

    def _pull_all(self) -> bool:
        """Pulls the remote log to its end. Returns False if the time limit was reached or the link was paused."""
        link, progress = self.link, self.progress
        link_before = (link.received, link.deleted_locally)
        progress_before = (progress.received, progress.deleted_locally)
        while True:
            page = self.remote.pull(link.cursor, link.row_digest)
            if page.cursor == link.cursor and not page.deleted and not page.events:
                return True
            pull.store_page(link, page)
            progress.received = progress_before[0] + link.received - link_before[0]
            progress.deleted_locally = progress_before[1] + link.deleted_locally - link_before[1]
            self.on_progress(progress)
            if time.monotonic() > self.deadline or (self.background and not link.enabled):
                return False

    def _push_round(self) -> push.PushRound:
        """Pushes one round of the local log: up to `MAX_ROUND_REQUESTS` requests or `MAX_ROUND_S` seconds."""
        link, push_round = self.link, push.PushRound(self.link.pushed_seq)
        synced_ranges = sync_links.list_synced_ranges(link.user_id, link.pushed_seq)
        before, deadline = (self.progress.sent, self.progress.deleted_remotely), time.monotonic() + MAX_ROUND_S
        while push_round.requests < MAX_ROUND_REQUESTS and time.monotonic() < deadline:
            batch = push.next_batch(link, push_round.up_to_seq, synced_ranges)
            if batch.up_to_seq == push_round.up_to_seq:
                break
            try:
                push.send_batch(link, self.remote, batch, push_round)
            except RetryLater as error:
                if not push_round.requests:
                    raise
                # Count the events that arrived. Otherwise an overloaded server would receive the same events forever.
                push_round.error = error
                break
            self._count_push(push_round, before)
        return push_round

    def _count_push(self, push_round: push.PushRound, before: tuple[int, int]) -> None:
        progress = self.progress
        progress.sent, progress.deleted_remotely = before[0] + push_round.events, before[1] + push_round.deleted
        progress.remaining = max(0, log.load_head(self.link.user_id) - push_round.up_to_seq)
        self.on_progress(progress)
