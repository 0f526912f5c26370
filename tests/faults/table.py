"""The table of all faults and their effects, which is printed at the end of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.faults.traffic import Tally


class Row(NamedTuple):
    fault: str
    strikes: str
    sent: int
    acknowledged: int
    missing: int
    duplicated: int
    longest_outage: str
    unavailable: int
    broken: int


TITLES = ("fault", "strikes", "sent", "acknowledged", "missing", "duplicated", "longest outage", "503s", "broken off")


@dataclass(frozen=True)
class Note:
    """A measurement that does not count events."""

    text: str


rows: list[Row] = []
notes: list[Note] = []


def add(fault: str, strikes: int | str, tally: Tally, stored: Sequence[str]) -> Row:
    row = Row(
        fault,
        str(strikes),
        len(tally.sent),
        len(tally.acknowledged),
        len(set(tally.acknowledged) - set(stored)),
        len(stored) - len(set(stored)),
        f"{tally.longest_outage:.1f} s",
        tally.refusals[503],
        tally.broken.total(),
    )
    rows.append(row)
    return row


def note(text: str) -> None:
    notes.append(Note(text))


def lines() -> list[str]:
    cells = [TITLES, *((f"{cell:,}" if isinstance(cell, int) else cell for cell in row) for row in rows)]
    table = [list(row) for row in cells]
    widths = [max(len(row[column]) for row in table) for column in range(len(TITLES))]
    text = [_line(row, widths) for row in table]
    text.insert(1, "  ".join("-" * width for width in widths))
    return [*text, "", *(note.text for note in notes)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])
