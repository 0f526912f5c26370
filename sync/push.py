"""From here to there: what a log gained since it was last known to stand over there."""

from bisect import bisect_left
from dataclasses import dataclass, field
from uuid import UUID

from events.store import log
from events.store.log import Record
from events.wire import batch_parser
from sync import sync_links
from sync.models import Link
from sync.remote_server import Other, slim
from sync.sync_errors import Forbidden, Later

READ_AT_ONCE = 32  # events, each up to 1 MiB
BODY_BYTES = 7_500_000  # of one request before compression: far from every limit there
Stretches = list[tuple[int, int]]


@dataclass(slots=True)
class Batch:
    """The next of a log that goes up, as far as `upto`."""

    upto: int
    events: list[tuple[str, bytes]] = field(default_factory=list)
    deleted: list[UUID] = field(default_factory=list)
    size: int = 0

    def takes(self, record: Record) -> bool:
        """Whether it has room for this one, which is then in it."""
        text = slim(record.text).encode()
        if self.size and self.size + len(text) > BODY_BYTES:
            return False
        if record.deleted:
            self.deleted.append(record.id)
        else:
            self.events.append((str(record.id), text))
        self.size, self.upto = self.size + len(text) + 1, record.seq
        return True

    @property
    def is_full(self) -> bool:
        return max(len(self.events), len(self.deleted)) == batch_parser.EVENTS


@dataclass(slots=True)
class Sent:
    """What one round sent, and up to which number."""

    upto: int
    events: int = 0
    deleted: int = 0
    requests: int = 0
    # Why the round ended before its time.
    trouble: Later | None = None


def batch(link: Link, at: int, came: Stretches) -> Batch:
    """What follows the number `at`, without what came from the other side; `upto` is `at` at the end of the log."""
    made, head = Batch(at), log.head(link.user_id)
    while not made.is_full:
        start = _over(made.upto, came)
        records = log.after(link.user_id, start, limit=READ_AT_ONCE, project=link.project or None)
        if not records:
            # What follows is of other projects, and need not be looked through again.
            made.upto = max(made.upto, head) if link.project else made.upto
            break
        for record in records:
            if _came(record.seq, came):
                made.upto = record.seq
            elif made.is_full or not made.takes(record):
                return made
    return made


def _over(at: int, came: Stretches) -> int:
    """The same place, or the end of the stretch that begins right after it."""
    index = bisect_left(came, at + 1, key=lambda stretch: stretch[1])
    return came[index][1] if index < len(came) and came[index][0] <= at + 1 else at


def _came(seq: int, came: Stretches) -> bool:
    index = bisect_left(came, seq, key=lambda stretch: stretch[1])
    return index < len(came) and came[index][0] <= seq


def send(link: Link, other: Other, next_: Batch, sent: Sent) -> None:
    """Sends one batch. Deletions that the token does not allow stay on this side, and the link says so."""
    if next_.events:
        pushed = other.push(next_.events)
        sent.events += pushed.accepted
        sent.requests += 1
        if pushed.refused:
            sync_links.refused(link.user_id, pushed.refused, up=True)
    if next_.deleted and link.may_delete:
        try:
            sent.deleted += other.delete(next_.deleted)
            sent.requests += 1
        except Forbidden:
            sync_links.move(link, may_delete=False)
    sent.upto = next_.upto
