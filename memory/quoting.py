"""Captured words on their way into a context: a person's as they are, everybody else's quoted as data. Pure.

A page that Claude once fetched must not be able to address the next session. What is quoted stands in a code span that
it cannot leave, on one line, and nothing in it is hidden from whoever reads along.
"""

import re
import unicodedata

from memory.summarise import without_reminders

_FENCE = re.compile(r"[`´ˋ｀]")
_TAGS = re.compile(r"</?[A-Za-z_-][^>]{0,80}>")
# Control, format (direction marks, tag characters, zero width), surrogates, private use, unassigned.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def quoted(text: str, limit: int) -> str:
    """Words of a tool, a page, a file or a model, as data."""
    inside = _FENCE.sub("'", _TAGS.sub(" ", _line(text, limit * 2)))
    shown = _clip(" ".join(inside.split()), limit)
    return f"`{shown}`" if shown else ""


def said(text: str, limit: int) -> str:
    """Words that a person typed, on one line, without what the host added to them."""
    return _clip(_line(without_reminders(text), limit * 2), limit)


def block(text: str) -> str:
    """A whole text as data: its lines, indented so that none of them can stand for anything else."""
    return "\n".join(f"    {_seen(line.expandtabs(4))}".rstrip() for line in text.splitlines())


def _line(text: str, limit: int) -> str:
    return " ".join(_seen(text[: limit * 2]).split())[:limit]


def _seen(text: str) -> str:
    return "".join(" " if unicodedata.category(char) in _HIDDEN else char for char in text)


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
