"""The time axis of a session map, on which long pauses are folded. Pure.

Times count from the start of the session, so that the axis is right in each time zone.
"""

from collections.abc import Sequence
from typing import NamedTuple

_S, _MIN, _HOUR = 1_000_000, 60_000_000, 3_600_000_000
# Distances between two ticks, in microseconds.
STEPS_US = (
    *(_S, 2 * _S, 5 * _S, 10 * _S, 30 * _S, _MIN, 2 * _MIN, 5 * _MIN, 10 * _MIN, 15 * _MIN, 30 * _MIN),
    *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 24 * _HOUR),
)
MAX_TICKS = 8
MIN_TICK_DISTANCE = 9.0  # percent of the map


class Piece(NamedTuple):
    """A time without folds: where it begins on the map and in the session, and its length; all in microseconds."""

    x_us: int
    elapsed_us: int
    length_us: int


class Tick(NamedTuple):
    """A mark of the axis. `x` is in percent."""

    x: float
    label: str


def build_ticks(pieces: Sequence[Piece], width_us: int) -> list[Tick]:
    """Builds ticks at round times, as far apart as their labels need."""
    active_us = sum(piece.length_us for piece in pieces)
    step = next((one for one in STEPS_US if active_us <= one * MAX_TICKS), STEPS_US[-1])
    ticks: list[Tick] = []
    for piece in pieces:
        first = -(-piece.elapsed_us // step) * step
        for elapsed_us in range(first, piece.elapsed_us + piece.length_us + 1, step):
            x = 100 * (piece.x_us + elapsed_us - piece.elapsed_us) / max(1, width_us)
            if x <= 100 - MIN_TICK_DISTANCE / 2 and (not ticks or x - ticks[-1].x >= MIN_TICK_DISTANCE):
                ticks.append(Tick(round(x, 2), format_elapsed(elapsed_us)))
    return ticks


def format_elapsed(elapsed_us: int) -> str:
    """`0`, `+30 s`, `+5 min`, `+1 h 30 min`, `+3 d 4 h`."""
    minutes, seconds = divmod(elapsed_us // _S, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    parts = [f"{count} {unit}" for count, unit in units if count][:2]
    return f"+{' '.join(parts)}" if parts else "0"
