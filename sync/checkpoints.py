"""Places up to which both sides were once known to be the same, to go back to when the other log was restored. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_RECENT_CHECKPOINTS = 8  # of these each is kept; of the older ones fewer and fewer
MAX_CHECKPOINTS = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The row at `cursor` had `row_digest`; our log was there up to `pushed_seq` by then, and known up to `head`."""

    cursor: str = ""
    row_digest: str = ""
    pushed_seq: int = 0
    head: int = 0


def parse_checkpoints(rows: Sequence[Sequence[Any]]) -> list[Checkpoint]:
    return [Checkpoint(*fields) for fields in rows]


def serialize_checkpoints(checkpoints: Sequence[Checkpoint]) -> list[list[Any]]:
    return [
        [checkpoint.cursor, checkpoint.row_digest, checkpoint.pushed_seq, checkpoint.head] for checkpoint in checkpoints
    ]


def add_checkpoint(checkpoints: Sequence[Checkpoint], new: Checkpoint) -> list[Checkpoint]:
    """With one more. Of those with the same cursor the last one says the most."""
    retained = [checkpoint for checkpoint in checkpoints if checkpoint.cursor != new.cursor]
    if len(retained) >= MAX_CHECKPOINTS:
        retained = retained[:-MAX_RECENT_CHECKPOINTS:2] + retained[-MAX_RECENT_CHECKPOINTS:]
    return [*retained, new]


def drop_lost_checkpoints(checkpoints: Sequence[Checkpoint], cursor: str) -> list[Checkpoint]:
    """Those left when the row at `cursor` is not there any more: the next to try is the last one."""
    remaining = list(checkpoints)
    while remaining and remaining[-1].cursor == cursor:
        remaining.pop()
    return remaining
