"""Checkpoints up to which both logs were equal, to return to when the remote log was restored from a backup. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_RECENT_CHECKPOINTS = 8  # all of these are kept; older ones are thinned out
MAX_CHECKPOINTS = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A point at which both logs were equal.

    The remote row at `cursor` had `row_digest`. The remote log contained the local log up to `pushed_seq`, and the
    synced ranges were known up to `head`.
    """

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
    """Returns the checkpoints with a new one. It replaces a checkpoint with the same cursor, as it is more recent."""
    retained = [checkpoint for checkpoint in checkpoints if checkpoint.cursor != new.cursor]
    if len(retained) >= MAX_CHECKPOINTS:
        retained = retained[:-MAX_RECENT_CHECKPOINTS:2] + retained[-MAX_RECENT_CHECKPOINTS:]
    return [*retained, new]


def drop_lost_checkpoints(checkpoints: Sequence[Checkpoint], cursor: str) -> list[Checkpoint]:
    """Removes the checkpoints at `cursor`, whose row is gone. The last remaining checkpoint is the next to try."""
    remaining = list(checkpoints)
    while remaining and remaining[-1].cursor == cursor:
        remaining.pop()
    return remaining
