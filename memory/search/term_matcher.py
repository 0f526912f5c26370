"""Decides whether the words of a document match a term, and how well. Pure.

The words stand between single spaces, as in the column `terms`, with one more space at both ends.
"""

from collections.abc import Sequence

from memory.search.index_query import list_alternatives
from memory.search.query_terms import SearchTerm, WordPattern


class TermMatcher:
    """A term, prepared for many documents: each word to look for is a piece of text that begins with a space."""

    def __init__(self, term: SearchTerm) -> None:
        self._forms = [(form.weight, [_to_needle(one) for one in form.patterns]) for form in term.forms]
        alternatives = [[_to_needle(one) for one in group] for group in list_alternatives(term)]
        self._words = [group[0] for group in alternatives if len(group) == 1]
        self._groups = [group for group in alternatives if len(group) > 1]

    def find_weights(self, words: str, title_end: int) -> tuple[float, float]:
        """Returns the weight of the closest form that stands before `title_end`, and anywhere; 0 if there is none."""
        anywhere = 0.0
        if not self.occurs(words):
            return 0.0, anywhere
        for weight, needles in self._forms:  # the closest come first
            end = _find_end(words, needles)
            if end:
                anywhere = anywhere or weight
                if end <= title_end:
                    return weight, anywhere
        return 0.0, anywhere

    def occurs(self, words: str) -> bool:
        # Loops, since most documents have none of the words: a generator costs more than it looks for.
        for needle in self._words:
            if needle in words:
                return True
        for group in self._groups:
            if _find_end(words, group):
                break
        else:
            return False
        return True


def _find_end(words: str, needles: Sequence[str]) -> int:
    """Returns the end of the last of the pieces, each where it stands first; 0 if one is missing."""
    last = 0
    for needle in needles:
        at = words.find(needle)
        if at < 0:
            return 0
        if at + len(needle) > last:
            last = at + len(needle)
    return last


def _to_needle(pattern: WordPattern) -> str:
    return f" {pattern.word}" if pattern.is_prefix else f" {pattern.word} "
