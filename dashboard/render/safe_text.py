"""Makes captured strings fit for display. Pure.

Captured text may be hostile. Templates escape it. This module limits its length, and makes visible the characters that
a page would not show, or show as others (`events.wire.visibility`).
"""

import re

from events.wire.visibility import replace_hidden

_WHITESPACE = re.compile(r"[ \t\r\n\f\v]+")
_LOOKAHEAD_FACTOR = 4  # multiple of the limit that is read: white space shrinks, visible marks grow
ELLIPSIS = "…"


def make_visible(text: str) -> str:
    """Makes hidden characters visible; line feeds and tabs stay."""
    return replace_hidden(text.replace("\r\n", "\n"), _show_hidden, in_lines=True)


def one_line(text: str, limit: int) -> str:
    """Returns the whole text on one line without hidden characters, at most `limit` characters."""
    head = text[: limit * _LOOKAHEAD_FACTOR]
    line = replace_hidden(_WHITESPACE.sub(" ", head).strip(" "), _show_hidden)
    return truncate(line, limit) if len(head) == len(text) else truncate(line + ELLIPSIS, limit)


def first_line(text: str, limit: int) -> str:
    """Returns the first line that is not blank, at most `limit` characters; an ellipsis marks further lines."""
    lines = text[: limit * _LOOKAHEAD_FACTOR].strip().splitlines()
    if not lines:
        return one_line(text, limit)
    has_more = len(lines) > 1 or len(text) > limit * _LOOKAHEAD_FACTOR
    return truncate(one_line(lines[0], limit) + (f" {ELLIPSIS}" if has_more else ""), limit)


def strip_marks(text: str) -> str:
    """Returns a line of Markdown without the marks of headings, quotes, emphasis and code."""
    line = text.lstrip(" #>")
    return (line.replace("**", "") if line.count("**") > 1 else line).replace("`", "")


def truncate(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def _show_hidden(hidden: str) -> str:
    return "".join(map(_show_character, hidden))


def _show_character(char: str) -> str:
    point = ord(char)
    if point < 0x20:
        return chr(0x2400 + point)  # Unicode control pictures: ␀ … ␟
    return "␡" if point == 0x7F else f"⟨U+{point:04X}⟩"
