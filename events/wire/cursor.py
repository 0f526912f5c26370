"""A reader's place in a user's log, as clients see it: opaque text that they hand back unread."""

from accounts.api_base.problem import Problem

_MAX_DIGITS = 19  # digits of the largest number a database holds


def encode(seq: int) -> str:
    return str(seq)


def decode(text: str) -> int:
    """The number a cursor stands for; `""` is the beginning. Raises Problem `invalid_input`."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS):
        raise Problem("invalid_input", errors=[{"loc": ["cursor"], "message": "this is not a cursor"}])
    return int(text)
