"""Decides whether the words of a document match a term, and how well. Pure.

The words stand between single spaces, as in the column `terms`, with one more space at both ends.
"""

import sys

from memory.search.index_query import list_alternatives
from memory.search.query_terms import SearchTerm, WordPattern


class TermMatcher:
    """A term, prepared for many documents: each word to look for is a piece of text that begins with a space."""

    def __init__(self, term: SearchTerm) -> None:
        self._forms = [(form.weight, [_to_needle(one) for one in form.patterns]) for form in term.forms]
        self._any = [[_to_needle(one) for one in group] for group in list_alternatives(term)]

    def find_weight(self, words: str, end: int = sys.maxsize) -> float:
        """Returns the weight of the closest form that stands before `end`; 0 if there is none."""
        for weight, needles in self._forms:  # the closest come first
            for needle in needles:
                if words.find(needle, 0, end) < 0:
                    break
            else:
                return weight
        return 0.0

    def occurs(self, words: str) -> bool:
        return any(all(needle in words for needle in needles) for needles in self._any)


def _to_needle(pattern: WordPattern) -> str:
    return f" {pattern.word}" if pattern.is_prefix else f" {pattern.word} "
