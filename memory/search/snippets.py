"""The piece of a text that shows why it was found. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.wire import patterns
from memory.values.text_analyzer import Sought, plain, words

BEFORE, LONGEST = 60, 240


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text; `fits` if it is what was looked for."""

    text: str
    fits: bool = False


def snippet(pieces: Sequence[Piece]) -> str:
    """What fits stands between `**`."""
    return "".join(f"**{piece.text}**" if piece.fits else piece.text for piece in pieces)


def pieces(text: str, sought: Sequence[Sought]) -> list[Piece]:
    """On one line, at most about `LONGEST` characters, with an ellipsis where something is left out."""
    flat = " ".join(plain(text[:20_000]).split())
    marks = [found.span() for found in patterns.WORD.finditer(flat) if _is_sought(found[0], sought)]
    start = max(0, (marks[0][0] if marks else 0) - BEFORE)
    end = min(len(flat), start + LONGEST)
    start, end = start + flat.startswith(" ", start), end - flat.endswith(" ", start, end)
    shown, at = [Piece("…" if start else "")], start
    for left, right in marks:
        if left >= at and right <= end:
            shown += [Piece(flat[at:left]), Piece(flat[left:right], fits=True)]
            at = right
    shown += [Piece(flat[at:end]), Piece("…" if end < len(flat) else "")]
    return [piece for piece in shown if piece.text]


def _is_sought(word: str, sought: Sequence[Sought]) -> bool:
    return any(part.fits(form) for form in words(word) for part in sought)
