"""Encodes the position in a list as an opaque cursor, which clients send back unchanged."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from accounts.api_base.problem import Problem

_INT64_LIMIT = 2**63


def encode(*key: int | str) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(text: str | None, part_types: tuple[type, ...]) -> Any:
    """Decodes a cursor of `encode` and checks the types of its parts; None for None. Raises Problem `invalid_input`."""
    if text is None:
        return None
    try:
        key = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        raise _invalid_cursor() from None
    if (
        not isinstance(key, list)
        or [type(part) for part in key] != list(part_types)
        or not all(map(_is_queryable, key))
    ):
        raise _invalid_cursor()
    return tuple(key)


def _is_queryable(part: int | str) -> bool:
    """Checks whether a database accepts the part as a value."""
    return -_INT64_LIMIT <= part < _INT64_LIMIT if isinstance(part, int) else part.isascii() and part.isprintable()


def _invalid_cursor() -> Problem:
    return Problem("invalid_input", errors=[{"loc": ["cursor"], "message": "not a valid cursor"}])
