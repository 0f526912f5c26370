"""Quotes captured text for a context: text typed by a person stays as it is, all other text is quoted as data. Pure.

A page that Claude once fetched must not be able to address the next session. Quoted text is one line in a code span
that it cannot close, without characters that a human reader does not see.
"""

import re

from events.wire import unicode_table
from events.wire.visibility import replace_backticks, replace_hidden, to_chars
from memory.values.host_markup import Author, split_prompt

MIN_PIECE_CHARS = 8  # with less of the line left, no further piece is added
_TAGS = re.compile(r"</?[A-Za-z_-][^>]{0,80}>")
# Spaces of other widths could encode hidden text.
_SPACES = dict.fromkeys(map(ord, to_chars(unicode_table.SPACES)), " ")


def quote(text: str, limit: int) -> str:
    """Quotes text of a tool, a page, a file or a model as a code span of at most `limit` characters."""
    content = replace_backticks(_TAGS.sub(" ", _to_one_line(text, limit * 2)))
    clipped = _clip(" ".join(content.split()), limit)
    return f"`{clipped}`" if clipped else ""


def format_user_text(text: str, limit: int) -> str:
    """Formats a prompt on one line, without the host's markup; quotes pieces whose author is unknown."""
    pieces: list[str] = []
    for author, piece in _user_pieces(text):
        if limit > MIN_PIECE_CHARS and (line := _format_piece(author, piece, limit)):
            pieces.append(line)
            limit -= len(line) + 1
    return " ".join(pieces)


def format_user_block(text: str) -> str:
    """Formats a whole prompt as an indented block, with the same rules as `format_user_text`."""
    pieces = ((author, piece.strip()) for author, piece in _user_pieces(text))
    return "\n".join(
        quote_block(piece if author is Author.PERSON else _format_piece(author, piece, len(piece) + 2))
        for author, piece in pieces
    )


def _user_pieces(text: str) -> list[tuple[Author, str]]:
    """Splits a prompt into pieces, without the host's.

    If a piece must be quoted, backticks in all pieces are replaced: a person's backticks could end the quotation.
    """
    pieces: list[tuple[Author, str]] = [one for one in split_prompt(text) if one[0] is not Author.HOST]
    if all(author is Author.PERSON for author, _ in pieces):
        return pieces
    return [(author, replace_backticks(piece)) for author, piece in pieces]


def _format_piece(author: Author, text: str, limit: int) -> str:
    """Formats a piece on one line. A piece of an unknown author keeps its tags: they show its purpose."""
    if author is Author.PERSON:
        return _clip(_to_one_line(text, limit * 2), limit)
    return f"`{_clip(_to_one_line(text, limit * 2), limit - 2)}`"


def quote_block(text: str) -> str:
    """Quotes a whole text as data: each line is indented, so that no line can act as Markdown."""
    return "\n".join(f"    {blank_hidden(line.expandtabs(4))}".rstrip() for line in text.splitlines())


def blank_hidden(text: str, *, in_lines: bool = False) -> str:
    """Replaces hidden characters with spaces; with `in_lines`, line feeds and tabs stay."""
    return replace_hidden(text, lambda hidden: " ", in_lines=in_lines).translate(_SPACES)


def _to_one_line(text: str, limit: int) -> str:
    return " ".join(blank_hidden(text[: limit * 2]).split())[:limit]


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
