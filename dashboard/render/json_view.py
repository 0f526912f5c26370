"""Formats JSON text for display, token by token, so that captured text is shown as it was written. Pure.

Parsing and serializing would change it: `1e400`, `0.10`, duplicate keys, escapes.
"""

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import NamedTuple

from dashboard.render.safe_text import make_visible
from events.wire import patterns

MAX_STRING_CHARS, MAX_JSON_CHARS = 4_000, 100_000
_CLOSING_BRACKETS = {"{": "}", "[": "]"}


class JsonLine(NamedTuple):
    """A line of formatted JSON. `key` includes its quotes and may be empty; `value` may be a bracket."""

    indent: str
    key: str
    value: str


class JsonPage(NamedTuple):
    lines: list[JsonLine]
    is_truncated: bool  # the text has further lines


def format_json(text: str) -> JsonPage:
    """Formats a JSON text as lines, up to `MAX_JSON_CHARS` characters."""
    lines: list[JsonLine] = []
    char_count = 0
    for line in _iter_lines(text):
        char_count += sum(map(len, line)) + 1
        if char_count > MAX_JSON_CHARS:
            return JsonPage(lines, is_truncated=True)
        lines.append(line)
    return JsonPage(lines, is_truncated=False)


def _iter_lines(text: str) -> Iterator[JsonLine]:
    depth, key, value = 0, "", ""
    # Tokens are read lazily: the caller stops after some thousand lines, and an event may have a million tokens.
    tokens = (token[0] for token in patterns.JSON_TOKEN.finditer(text))
    for current, following in pairwise(chain(tokens, [""])):
        if following == ":":
            key = _visible_token(current)
        elif current == ",":
            yield JsonLine("  " * depth, key, value + ",")
            key, value = "", ""
        elif current in _CLOSING_BRACKETS and following != _CLOSING_BRACKETS[current]:
            yield JsonLine("  " * depth, key, current)
            depth, key, value = depth + 1, "", ""
        elif current in "}]" and value not in _CLOSING_BRACKETS:
            yield JsonLine("  " * depth, key, value)
            depth, key, value = depth - 1, "", current
        elif current != ":":
            value += _visible_token(current)
    yield JsonLine("  " * depth, key, value)


def _visible_token(token: str) -> str:
    hidden_chars = len(token) - MAX_STRING_CHARS
    return (
        make_visible(token)
        if hidden_chars <= 0
        else f'{make_visible(token[:MAX_STRING_CHARS])}…" ({hidden_chars:,} more characters)'
    )
