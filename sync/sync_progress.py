"""Shows the progress of a run as one line on a terminal."""

import time
from typing import TextIO

from sync.sync_run import SyncProgress

REDRAW_INTERVAL_S = 0.2
BAR_WIDTH = 24


class SyncProgressBar:
    """Draws the counts of a run, on a terminal only."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._started, self._drawn_at = stream, time.monotonic(), 0.0
        self._is_terminal = stream.isatty()

    def __call__(self, progress: SyncProgress) -> None:
        now = time.monotonic()
        if self._is_terminal and now - self._drawn_at > REDRAW_INTERVAL_S:
            self._drawn_at = now
            self._stream.write(f"\r{format_progress(progress, now - self._started)}\x1b[K")
            self._stream.flush()

    def clear(self) -> None:
        if self._is_terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def format_progress(progress: SyncProgress, seconds: float) -> str:
    """Formats `[####    ]  1,200 up  300 down  450/s`. The bar covers only the push: the pull's size is unknown."""
    up = progress.sent + progress.deleted_remotely
    down = progress.received + progress.deleted_locally
    total = up + progress.remaining
    filled = BAR_WIDTH * up // total if total else BAR_WIDTH
    rate = (up + down) / max(seconds, 0.001)
    return f"[{'#' * filled}{' ' * (BAR_WIDTH - filled)}]  {up:,} up  {down:,} down  {rate:,.0f}/s"


def format_summary(progress: SyncProgress) -> str:
    """Formats the counts of a run as text."""
    parts = [
        f"{count:,} {label}"
        for count, label in (
            (progress.sent, "sent"),
            (progress.received, "received"),
            (progress.deleted_remotely, "deleted on the other server"),
            (progress.deleted_locally, "deleted here"),
        )
        if count
    ]
    return ", ".join(parts) or "no new events"
