"""Builds the snippet of a text that shows the matching words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.wire import patterns
from memory.values.text_analyzer import SearchTerm, extract_terms, strip_terminal_codes

LEADING_CHARS, MAX_SNIPPET_CHARS = 60, 240


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """A piece of a snippet; `is_match` marks a word that matches the query."""

    text: str
    is_match: bool = False


def format_snippet(parts: Sequence[SnippetPart]) -> str:
    """Formats a snippet as text, with `**` around each matching word."""
    return "".join(f"**{piece.text}**" if piece.is_match else piece.text for piece in parts)


def build_snippet_parts(text: str, terms: Sequence[SearchTerm]) -> list[SnippetPart]:
    """Builds a one-line snippet of about `MAX_SNIPPET_CHARS` characters, with an ellipsis for omitted text."""
    flat = " ".join(strip_terminal_codes(text[:20_000]).split())
    match_spans = [found.span() for found in patterns.WORD.finditer(flat) if _is_match(found[0], terms)]
    start = max(0, (match_spans[0][0] if match_spans else 0) - LEADING_CHARS)
    end = min(len(flat), start + MAX_SNIPPET_CHARS)
    start, end = start + flat.startswith(" ", start), end - flat.endswith(" ", start, end)
    parts, at = [SnippetPart("…" if start else "")], start
    for left, right in match_spans:
        if left >= at and right <= end:
            parts += [SnippetPart(flat[at:left]), SnippetPart(flat[left:right], is_match=True)]
            at = right
    parts += [SnippetPart(flat[at:end]), SnippetPart("…" if end < len(flat) else "")]
    return [piece for piece in parts if piece.text]


def _is_match(word: str, terms: Sequence[SearchTerm]) -> bool:
    return any(term.matches(form) for form in extract_terms(word) for term in terms)
