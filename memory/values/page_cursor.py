"""A reader's place in a list: opaque text that is handed back unread."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from accounts.api_base.problem import Problem

_INT64_LIMIT = 2**63


def encode(*key: int | str) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(text: str | None, part_types: tuple[type, ...]) -> Any:
    """What `encode` made; None for None. Raises Problem `invalid_input`."""
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
    """Whether a database takes it as a value."""
    return -_INT64_LIMIT <= part < _INT64_LIMIT if isinstance(part, int) else part.isascii() and part.isprintable()


def _invalid_cursor() -> Problem:
    return Problem("invalid_input", errors=[{"loc": ["cursor"], "message": "this is not a cursor"}])
