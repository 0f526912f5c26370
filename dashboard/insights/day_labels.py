"""Formats the days of the insights' charts. Pure."""

from datetime import date


def format_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def format_days(first: date, last: date) -> str:
    """Formats a range of days; one day is written once."""
    return format_day(first) if first == last else f"{format_day(first)} – {format_day(last)}"
