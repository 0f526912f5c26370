"""JSON text laid out for reading, token by token: what was captured is shown as it was written. Pure.

Reading and writing it again would change it: `1e400`, `0.10`, keys that stand twice, escapes.
"""

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import NamedTuple

from dashboard.render.safe_text import visible
from events.wire import patterns

LONGEST_STRING, LONGEST = 4_000, 100_000  # characters
_CLOSING = {"{": "}", "[": "]"}


class Line(NamedTuple):
    """`key` with its quotes, empty where a line has none; `rest` is the value, or a bracket."""

    indent: str
    key: str
    rest: str


class Page(NamedTuple):
    lines: list[Line]
    cut: bool  # there is more than is shown


def lay_out(text: str) -> Page:
    """The lines of a JSON text, as many as are good to look at."""
    lines: list[Line] = []
    size = 0
    for line in _lines(text):
        size += sum(map(len, line)) + 1
        if size > LONGEST:
            return Page(lines, cut=True)
        lines.append(line)
    return Page(lines, cut=False)


def _lines(text: str) -> Iterator[Line]:
    depth, key, rest = 0, "", ""
    # One at a time: who asks stops after some thousand lines, and an event may have a million parts.
    tokens = (token[0] for token in patterns.JSON_TOKEN.finditer(text))
    for part, following in pairwise(chain(tokens, [""])):
        if following == ":":
            key = _shown(part)
        elif part == ",":
            yield Line("  " * depth, key, rest + ",")
            key, rest = "", ""
        elif part in _CLOSING and following != _CLOSING[part]:
            yield Line("  " * depth, key, part)
            depth, key, rest = depth + 1, "", ""
        elif part in "}]" and rest not in _CLOSING:
            yield Line("  " * depth, key, rest)
            depth, key, rest = depth - 1, "", part
        elif part != ":":
            rest += _shown(part)
    yield Line("  " * depth, key, rest)


def _shown(part: str) -> str:
    more = len(part) - LONGEST_STRING
    return visible(part) if more <= 0 else f'{visible(part[:LONGEST_STRING])}…" ({more:,} characters more)'
