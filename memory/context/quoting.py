"""Captured words on their way into a context: a person's as they are, everybody else's quoted as data. Pure.

A page that Claude once fetched must not be able to address the next session. What is quoted stands in a code span that
it cannot leave, on one line, and nothing in it is hidden from whoever reads along.
"""

import re

from events.wire import unicode_table
from events.wire.visibility import members, reveal, without_backticks
from memory.values.host_markup import Whose, split_prompt

LEAST = 8  # characters of a line that are worth a piece
_TAGS = re.compile(r"</?[A-Za-z_-][^>]{0,80}>")
# Spaces of other widths could tell one word from another, or spell one.
_SPACES = dict.fromkeys(map(ord, members(unicode_table.SPACES)), " ")


def quoted(text: str, limit: int) -> str:
    """Words of a tool, a page, a file or a model, as data."""
    inside = without_backticks(_TAGS.sub(" ", _line(text, limit * 2)))
    shown = _clip(" ".join(inside.split()), limit)
    return f"`{shown}`" if shown else ""


def said(text: str, limit: int) -> str:
    """Words that a person typed, on one line, without what the host added; what may be the host's is quoted."""
    shown: list[str] = []
    for whose, piece in _own(text):
        if limit > LEAST and (line := _shown(whose, piece, limit)):
            shown.append(line)
            limit -= len(line) + 1
    return " ".join(shown)


def own_block(text: str) -> str:
    """The same of a whole text, as a block."""
    pieces = ((whose, piece.strip()) for whose, piece in _own(text))
    return "\n".join(
        block(piece if whose is Whose.PERSON else _shown(whose, piece, len(piece) + 2)) for whose, piece in pieces
    )


def _own(text: str) -> list[tuple[Whose, str]]:
    """The pieces of a prompt but for the host's. Beside a quotation a person's backticks could end it."""
    pieces: list[tuple[Whose, str]] = [one for one in split_prompt(text) if one[0] is not Whose.HOST]
    if all(whose is Whose.PERSON for whose, _ in pieces):
        return pieces
    return [(whose, without_backticks(piece)) for whose, piece in pieces]


def _shown(whose: Whose, text: str, limit: int) -> str:
    """On one line. What is not a person's is quoted with its tags: they say what it wants to be."""
    if whose is Whose.PERSON:
        return _clip(_line(text, limit * 2), limit)
    return f"`{_clip(_line(text, limit * 2), limit - 2)}`"


def block(text: str) -> str:
    """A whole text as data: its lines, indented so that none of them can stand for anything else."""
    return "\n".join(f"    {plain(line.expandtabs(4))}".rstrip() for line in text.splitlines())


def plain(text: str, *, in_lines: bool = False) -> str:
    """The text with a space for whatever is hidden in it; `in_lines`: line feeds and tabs stay."""
    return reveal(text, lambda hidden: " ", in_lines=in_lines).translate(_SPACES)


def _line(text: str, limit: int) -> str:
    return " ".join(plain(text[: limit * 2]).split())[:limit]


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
