"""Formats the lines of the index, and the times in them. Pure."""

from datetime import datetime

from events.wire.timestamps import to_datetime

MIN_TIME_US, MAX_TIME_US = 0, 253_402_300_799_000_000


def format_line(id_: int, at_us: int, type_: str, title: str, tokens: int) -> str:
    """Formats a line of the index; `tokens` is the size of the entry's full text."""
    return f"- {id_} · {format_date(at_us)} · {type_} · {title} · {tokens} tokens"


def format_date(at_us: int) -> str:
    """Formats a time in microseconds as `2026-03-01`, in UTC; clamps it to years that a date can have."""
    return _clamp(at_us).strftime("%Y-%m-%d")


def format_minute(at_us: int) -> str:
    """Formats a time in microseconds as `2026-03-01 09:30`, in UTC; clamps it like `format_date`."""
    return _clamp(at_us).strftime("%Y-%m-%d %H:%M")


def _clamp(at_us: int) -> datetime:
    return to_datetime(max(MIN_TIME_US, min(at_us, MAX_TIME_US)))
