"""Cursors: opaque texts that name a point in a user's log and that clients return unchanged."""

from accounts.api_base.problem import Problem

_MAX_DIGITS = 19  # of the largest number of a database


def encode(seq: int) -> str:
    return str(seq)


def decode(text: str) -> int:
    """Decodes a cursor to a number; `""` is the start of the log, 0. Raises Problem `invalid_input`."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS):
        raise Problem("invalid_input", errors=[{"loc": ["cursor"], "message": "not a valid cursor"}])
    return int(text)
