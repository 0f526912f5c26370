"""A digest of what a log holds, for comparing two: neither order nor numbers nor times of arrival are in it."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from events.store import log

AT_ONCE = 32  # events, each up to 1 MiB
_SPACE = 1 << 256


@dataclass(frozen=True, slots=True)
class Digest:
    """How many events there are and were, and the sums of their SHA-256."""

    events: int
    of_events: str
    deleted: int
    of_deleted: str


def of(user_id: UUID, *, project: str = "") -> Digest:
    counts, sums, at = [0, 0], [0, 0], 0
    while records := log.after(user_id, at, limit=AT_ONCE, project=project or None):
        for record in records:
            counts[record.deleted] += 1
            sums[record.deleted] += int.from_bytes(sha256(record.id.bytes + record.text.encode()).digest())
        at = records[-1].seq
    return Digest(counts[0], f"{sums[0] % _SPACE:064x}", counts[1], f"{sums[1] % _SPACE:064x}")
