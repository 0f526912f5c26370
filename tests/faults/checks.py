"""Assertions that must hold after every fault."""

from tests.faults import table
from tests.faults.parts.memfog import Memfog, Owner
from tests.faults.traffic import Tally, Traffic, walk


def nothing_lost(fault: str, strikes: int | str, memfog: Memfog, traffic: Traffic) -> Tally:
    """Asserts that the log and a reader by cursor have each acknowledged id once, and that all refusals were proper.

    Adds a row to the table of faults.
    """
    tally, stored = traffic.tally, walk(memfog.url, traffic.owner)
    row = table.add(fault, strikes, tally, stored)
    assert (row.missing, row.duplicated) == (0, 0)
    # Each event was sent until it was acknowledged, so the log holds all sent events and no others.
    assert sorted(stored) == sorted(tally.sent)
    assert traffic.read.ids == stored, "a reader by cursor missed or repeated an event"
    assert set(tally.refusals) <= {503}, tally.refusals
    assert tally.without_retry_after == 0
    return tally


def numbered_without_gaps(numbers: tuple[object, ...]) -> None:
    """Asserts that a log has no gaps. `numbers`: its count, distinct count, lowest number, highest number and head."""
    count, distinct, lowest, highest, head = numbers
    assert distinct == count == highest == head, numbers
    assert lowest == 1, numbers


NUMBERS = (
    "SELECT count(*), count(DISTINCT seq), min(seq), max(seq), "
    "(SELECT head FROM events_stream WHERE user_id = {id}) FROM events_event WHERE user_id = {id}"
)


def numbers_of(owner: Owner, *, sqlite: bool = False) -> str:
    """Returns the query for `numbered_without_gaps`. SQLite stores an id as bytes."""
    return NUMBERS.format(id=f"x'{owner.id.hex}'" if sqlite else f"'{owner.id}'")
