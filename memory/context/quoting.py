"""Captured words on their way into a context: a person's as they are, everybody else's quoted as data. Pure.

A page that Claude once fetched must not be able to address the next session. What is quoted stands in a code span that
it cannot leave, on one line, and nothing in it is hidden from whoever reads along.
"""

import re

from events.wire import unicode_table
from events.wire.visibility import replace_backticks, replace_hidden, to_chars
from memory.values.host_markup import Author, split_prompt

MIN_PIECE_CHARS = 8  # characters of a line that are worth a piece
_TAGS = re.compile(r"</?[A-Za-z_-][^>]{0,80}>")
# Spaces of other widths could tell one word from another, or spell one.
_SPACES = dict.fromkeys(map(ord, to_chars(unicode_table.SPACES)), " ")


def quote(text: str, limit: int) -> str:
    """Words of a tool, a page, a file or a model, as data."""
    content = replace_backticks(_TAGS.sub(" ", _to_one_line(text, limit * 2)))
    clipped = _clip(" ".join(content.split()), limit)
    return f"`{clipped}`" if clipped else ""


def format_user_text(text: str, limit: int) -> str:
    """Words that a person typed, on one line, without what the host added; what may be the host's is quoted."""
    pieces: list[str] = []
    for author, piece in _user_pieces(text):
        if limit > MIN_PIECE_CHARS and (line := _format_piece(author, piece, limit)):
            pieces.append(line)
            limit -= len(line) + 1
    return " ".join(pieces)


def format_user_block(text: str) -> str:
    """The same of a whole text, as a block."""
    pieces = ((author, piece.strip()) for author, piece in _user_pieces(text))
    return "\n".join(
        quote_block(piece if author is Author.PERSON else _format_piece(author, piece, len(piece) + 2))
        for author, piece in pieces
    )


def _user_pieces(text: str) -> list[tuple[Author, str]]:
    """The pieces of a prompt but for the host's. Beside a quotation a person's backticks could end it."""
    pieces: list[tuple[Author, str]] = [one for one in split_prompt(text) if one[0] is not Author.HOST]
    if all(author is Author.PERSON for author, _ in pieces):
        return pieces
    return [(author, replace_backticks(piece)) for author, piece in pieces]


def _format_piece(author: Author, text: str, limit: int) -> str:
    """On one line. What is not a person's is quoted with its tags: they say what it wants to be."""
    if author is Author.PERSON:
        return _clip(_to_one_line(text, limit * 2), limit)
    return f"`{_clip(_to_one_line(text, limit * 2), limit - 2)}`"


def quote_block(text: str) -> str:
    """A whole text as data: its lines, indented so that none of them can stand for anything else."""
    return "\n".join(f"    {blank_hidden(line.expandtabs(4))}".rstrip() for line in text.splitlines())


def blank_hidden(text: str, *, in_lines: bool = False) -> str:
    """The text with a space for whatever is hidden in it; `in_lines`: line feeds and tabs stay."""
    return replace_hidden(text, lambda hidden: " ", in_lines=in_lines).translate(_SPACES)


def _to_one_line(text: str, limit: int) -> str:
    return " ".join(blank_hidden(text[: limit * 2]).split())[:limit]


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
