"""Converts RFC 3339 times to microseconds since 1970, without `datetime`: year 0001 at +14:00 overflows it."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_rfc3339(text: str) -> int | None:
    """Parses an RFC 3339 time with offset, truncated to microseconds; returns None for any other text."""
    # The usual form, with milliseconds in UTC: events of one minute share all but the seconds.
    if len(text) == 24 and text[16] == ":" and text[19] == "." and text[23] == "Z":
        milliseconds, minute_us = text[17:19] + text[20:23], _parse_minute(text[:16])
        if minute_us is not None and milliseconds.isascii() and milliseconds.isdigit() and milliseconds < "61":
            return minute_us + int(milliseconds) * 1_000
    return _parse_any_rfc3339(text)


@lru_cache(maxsize=64)
def _parse_minute(text: str) -> int | None:
    return _parse_any_rfc3339(f"{text}:00Z")


def _parse_any_rfc3339(text: str) -> int | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    fraction, zulu, sign, offset_hour, offset_minute = match.groups()[6:]
    offset = 0 if zulu else (int(offset_hour) * 60 + int(offset_minute)) * (-1 if sign == "-" else 1)
    if not _is_date(year, month, day) or hour > 23 or minute > 59 or second > 60 or abs(offset) >= 24 * 60:
        return None
    minutes = _days_since_1970(year, month, day) * 1440 + hour * 60 + minute - offset
    return (minutes * 60 + second) * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))


def _is_date(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS_IN_MONTH[month - 1]:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return leap or (month, day) != (2, 29)


def _days_since_1970(year: int, month: int, day: int) -> int:
    # Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def format_rfc3339(instant_us: int) -> str:
    """Formats a time of this server's clock for the wire: UTC, microseconds, `Z`."""
    # Not strftime: it writes early years with fewer digits.
    return to_datetime(instant_us).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_datetime(instant_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant_us)
