"""Builds the snippet of a text that shows the matching words. Pure."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from events.wire import patterns
from memory.search.query_terms import SearchTerm
from memory.values.text_analyzer import extract_terms, strip_terminal_codes

LEADING_CHARS, MAX_SNIPPET_CHARS = 60, 240
MAX_TEXT_CHARS = 20_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SnippetPart:
    """A piece of a snippet; `is_match` marks a word that matches the query."""

    text: str
    is_match: bool = False


class _MatchingWords:
    """The words of all forms of the terms; remembers its answers, since the words of a text repeat."""

    def __init__(self, terms: Sequence[SearchTerm]) -> None:
        each = [one for term in terms for form in term.forms for one in form.patterns]
        self._words = {one.word for one in each}
        self._beginnings = tuple({one.word for one in each if one.is_prefix})
        self._answers: dict[str, bool] = {}

    def has_part(self, word: str) -> bool:
        """Whether the word, or a part of it, belongs to a form of a term."""
        if word not in self._answers:
            self._answers[word] = any(map(self.has, extract_terms(word)))
        return self._answers[word]

    def has(self, word: str) -> bool:
        return word in self._words or word.startswith(self._beginnings)


def format_snippet(parts: Sequence[SnippetPart]) -> str:
    """Formats a snippet as text, with `**` around each matching word."""
    return "".join(f"**{piece.text}**" if piece.is_match else piece.text for piece in parts)


def mark_matches(text: str, terms: Sequence[SearchTerm], paths: Sequence[str] = ()) -> list[SnippetPart]:
    """Splits a whole line into pieces, with each matching word and path marked."""
    return _split(text, 0, len(text), _find_spans(text, 0, terms, paths))


def build_snippet_parts(text: str, terms: Sequence[SearchTerm], paths: Sequence[str] = ()) -> list[SnippetPart]:
    """Builds a one-line snippet of about `MAX_SNIPPET_CHARS` characters, with an ellipsis for omitted text."""
    flat = " ".join(strip_terminal_codes(text[:MAX_TEXT_CHARS]).split())
    first = next(iter(_find_spans(flat, 0, terms, paths)), (0, 0))[0]
    start = max(0, first - LEADING_CHARS)
    end = min(len(flat), start + MAX_SNIPPET_CHARS)
    start, end = start + flat.startswith(" ", start), end - flat.endswith(" ", start, end)
    parts = _split(flat, start, end, _find_spans(flat, start, terms, paths))
    before, after = [SnippetPart("…")] * (start > 0), [SnippetPart("…")] * (end < len(flat))
    return [*before, *parts, *after]


def _split(text: str, start: int, end: int, spans: Iterator[Span]) -> list[SnippetPart]:
    parts, at = list[SnippetPart](), start
    for left, right in spans:
        if right > end:
            break
        if left >= at:
            parts += [SnippetPart(text[at:left]), SnippetPart(text[left:right], is_match=True)]
            at = right
    return [piece for piece in (*parts, SnippetPart(text[at:end])) if piece.text]


def _find_spans(text: str, start: int, terms: Sequence[SearchTerm], paths: Sequence[str]) -> Iterator[Span]:
    """Yields what is to be marked, in order: paths as a whole, tokens as a whole, else the words in them."""
    folded = text.casefold()
    # Some letters become two when they are folded; then places in the text differ, and only its tokens are marked.
    path_spans = deque(sorted(span for path in paths for span in _find_path(folded, path) if len(folded) == len(text)))
    matching = _MatchingWords(terms)
    covered = start
    for found in patterns.TOKEN.finditer(text, start):
        while path_spans and path_spans[0][0] < found.end():
            span = path_spans.popleft()
            if span[0] >= covered:
                yield span
                covered = span[1]
        if found.start() >= covered:
            yield from _find_in_token(found[0], found.start(), matching)


def _find_path(folded: str, path: str) -> Iterator[Span]:
    """Yields where the path occurs as a whole, or the longest end of it that occurs and is still no mere word."""
    while "/" in path or "." in path:
        spans = list(_find_whole(folded, path))
        if spans:
            yield from spans
            return
        _, _, path = path.partition("/")


def _find_whole(folded: str, path: str) -> Iterator[Span]:
    at = folded.find(path)
    while at >= 0:
        end = at + len(path)
        if not folded[at - 1 : at].isalnum() and not folded[end : end + 1].isalnum():
            yield at, end
        at = folded.find(path, end)


def _find_in_token(token: str, at: int, matching: _MatchingWords) -> Iterator[Span]:
    """Yields the token if a term is for all of it, else the words in it that match."""
    if matching.has(token.casefold()):
        yield at, at + len(token)
        return
    for word in patterns.WORD.finditer(token):
        if matching.has_part(word[0]):
            yield at + word.start(), at + word.end()
