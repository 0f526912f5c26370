"""Pushes the events and deletions of the local log that the remote server may not have yet."""

from bisect import bisect_left
from dataclasses import dataclass, field
from uuid import UUID

from events import limits
from events.store import log
from events.store.log import Record
from sync import sync_links
from sync.models import SyncLink
from sync.remote_server import RemoteServer, drop_added_version
from sync.sync_errors import Forbidden, RetryLater

READ_BATCH_SIZE = 32  # events, each up to 1 MiB
MAX_BODY_BYTES = 7_500_000  # of one request before compression: well below every limit of the remote server
SeqRanges = list[tuple[int, int]]


@dataclass(slots=True)
class PushBatch:
    """The next events and deletions to push, up to the number `up_to_seq`."""

    up_to_seq: int
    events: list[tuple[str, bytes]] = field(default_factory=list)
    deleted: list[UUID] = field(default_factory=list)
    size_bytes: int = 0

    def try_add(self, record: Record) -> bool:
        """Adds a record if it fits. Returns False if the batch would exceed `MAX_BODY_BYTES`."""
        text = drop_added_version(record.text).encode()
        if self.size_bytes and self.size_bytes + len(text) > MAX_BODY_BYTES:
            return False
        if record.is_deleted:
            self.deleted.append(record.id)
        else:
            self.events.append((str(record.id), text))
        self.size_bytes, self.up_to_seq = self.size_bytes + len(text) + 1, record.seq
        return True

    @property
    def is_full(self) -> bool:
        return max(len(self.events), len(self.deleted)) == limits.MAX_EVENTS


@dataclass(slots=True)
class PushRound:
    """Counts of one push round, and the last sequence number that the round covered."""

    up_to_seq: int
    events: int = 0
    deleted: int = 0
    requests: int = 0
    # The error that ended the round early.
    error: RetryLater | None = None


def next_batch(link: SyncLink, after_seq: int, synced_ranges: SeqRanges) -> PushBatch:
    """Loads the next events after `after_seq` that did not come from the remote server.

    At the end of the log `up_to_seq` equals `after_seq`.
    """
    batch, head = PushBatch(after_seq), log.load_head(link.user_id)
    while not batch.is_full:
        start = _skip_range(batch.up_to_seq, synced_ranges)
        records = log.load_after(link.user_id, start, limit=READ_BATCH_SIZE, project=link.project or None)
        if not records:
            # The remaining events belong to other projects. Skip them next time.
            batch.up_to_seq = max(batch.up_to_seq, head) if link.project else batch.up_to_seq
            break
        for record in records:
            if _is_synced(record.seq, synced_ranges):
                batch.up_to_seq = record.seq
            elif batch.is_full or not batch.try_add(record):
                return batch
    return batch


def _skip_range(seq: int, synced_ranges: SeqRanges) -> int:
    """Returns the end of the synced range that starts right after `seq`, or `seq` if there is none."""
    index = bisect_left(synced_ranges, seq + 1, key=lambda range_: range_[1])
    return synced_ranges[index][1] if index < len(synced_ranges) and synced_ranges[index][0] <= seq + 1 else seq


def _is_synced(seq: int, synced_ranges: SeqRanges) -> bool:
    index = bisect_left(synced_ranges, seq, key=lambda range_: range_[1])
    return index < len(synced_ranges) and synced_ranges[index][0] <= seq


def send_batch(link: SyncLink, remote: RemoteServer, batch: PushBatch, push_round: PushRound) -> None:
    """Pushes one batch. If the token does not allow deletions, they stay local and `may_delete` becomes False."""
    if batch.events:
        result = remote.push(batch.events)
        push_round.events += result.accepted
        push_round.requests += 1
        if result.rejected:
            sync_links.add_rejected_events(link.user_id, result.rejected, was_push=True)
    if batch.deleted and link.may_delete:
        try:
            push_round.deleted += remote.delete(batch.deleted)
            push_round.requests += 1
        except Forbidden:
            sync_links.update_link(link, may_delete=False)
    push_round.up_to_seq = batch.up_to_seq
