"""How far a run is, as one line on a terminal."""

import time
from typing import TextIO

from sync.sync_run import Tally

A_MOMENT = 0.2  # seconds between two drawings
WIDTH = 24


class Bar:
    """Draws a tally, on a terminal only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._begun, self._drawn_at = stream, time.monotonic(), 0.0
        self._draws = stream.isatty()

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if self._draws and now - self._drawn_at > A_MOMENT:
            self._drawn_at = now
            self._stream.write(f"\r{line(tally, now - self._begun)}\x1b[K")
            self._stream.flush()

    def end(self) -> None:
        if self._draws:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def line(tally: Tally, seconds: float) -> str:
    """`[####    ]  1,200 up  300 down  450/s`. How much comes down is not known before it has come."""
    went = tally.sent + tally.deleted_there
    came = tally.received + tally.deleted_here
    whole = went + tally.left
    filled = WIDTH * went // whole if whole else WIDTH
    pace = (went + came) / max(seconds, 0.001)
    return f"[{'#' * filled}{' ' * (WIDTH - filled)}]  {went:,} up  {came:,} down  {pace:,.0f}/s"


def summed_up(tally: Tally) -> str:
    """What a run did, in words."""
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (tally.sent, "sent"),
            (tally.received, "received"),
            (tally.deleted_there, "deleted there"),
            (tally.deleted_here, "deleted here"),
        )
        if count
    ]
    return ", ".join(parts) or "nothing was new"
