"""Places up to which both sides were once known to be the same, to go back to when the other log was restored. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NEWEST = 8  # of these each is kept; of the older ones fewer and fewer
MOST = 32


@dataclass(frozen=True, slots=True)
class Mark:
    """At `cursor` stood the row of `mark`; all up to `pushed` in our log was there by then, and up to `head` known."""

    cursor: str = ""
    mark: str = ""
    pushed: int = 0
    head: int = 0


def read(kept: Sequence[Sequence[Any]]) -> list[Mark]:
    return [Mark(*fields) for fields in kept]


def written(marks: Sequence[Mark]) -> list[list[Any]]:
    return [[mark.cursor, mark.mark, mark.pushed, mark.head] for mark in marks]


def added(marks: Sequence[Mark], new: Mark) -> list[Mark]:
    """With one more. Of those with the same cursor the last one says the most."""
    kept = [mark for mark in marks if mark.cursor != new.cursor]
    if len(kept) >= MOST:
        kept = kept[:-NEWEST:2] + kept[-NEWEST:]
    return [*kept, new]


def before(marks: Sequence[Mark], cursor: str) -> list[Mark]:
    """Those left when the row at `cursor` is not there any more: the next to try is the last one."""
    left = list(marks)
    while left and left[-1].cursor == cursor:
        left.pop()
    return left
