"""Computes a digest to compare two logs. It does not depend on order, sequence numbers or arrival times."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from events.store import log

READ_BATCH_SIZE = 32  # events, each up to 1 MiB
_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class LogDigest:
    """Counts of existing and deleted events, and the sums of their SHA-256 digests modulo 2**256."""

    events: int
    events_digest: str
    deleted: int
    deleted_digest: str


def compute_digest(user_id: UUID, *, project: str = "") -> LogDigest:
    counts, sums, last_seq = [0, 0], [0, 0], 0
    while records := log.load_after(user_id, last_seq, limit=READ_BATCH_SIZE, project=project or None):
        for record in records:
            counts[record.is_deleted] += 1
            sums[record.is_deleted] += int.from_bytes(sha256(record.id.bytes + record.text.encode()).digest())
        last_seq = records[-1].seq
    return LogDigest(counts[0], f"{sums[0] % _MODULUS:064x}", counts[1], f"{sums[1] % _MODULUS:064x}")
