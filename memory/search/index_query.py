"""The terms and labels of a query as a condition of the index: labels, and a number of terms. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from memory.search.query_terms import SearchTerm, WordPattern

Alternatives = tuple[tuple[WordPattern, ...], ...]  # one of these groups of words must occur, whole
MAX_COMBINED_TERMS = 6  # with more terms, only all or any of them can be required
# What a word may contain, and `unicode61` of FTS5 leaves out: the middle dot of Japanese, and letters that were marks.
FTS5_SEPARATORS = str.maketrans(
    dict.fromkeys(("\u30a0", "\u30fb", "\u1cf2", "\u1cf3", "\u19c8", "\u19c9", *map(chr, range(0x19B0, 0x19C1))), " ")
)


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """A document has all `labels` and at least `least` of `terms`."""

    labels: tuple[str, ...]
    terms: tuple[Alternatives, ...]
    least: int


def make_index_query(labels: Sequence[str], terms: Sequence[SearchTerm], least: int) -> IndexQuery:
    return IndexQuery(tuple(labels), tuple(map(list_alternatives, terms)), least)


def list_alternatives(term: SearchTerm) -> Alternatives:
    """Lists the words by which the index finds a term, without those that a shorter beginning finds, too."""
    groups = list(dict.fromkeys(form.patterns for form in term.forms))
    beginnings = {group[0].word for group in groups if len(group) == 1 and group[0].is_prefix}
    return tuple(group for group in groups if not _is_covered(group, beginnings)) if beginnings else tuple(groups)


def _is_covered(group: tuple[WordPattern, ...], beginnings: set[str]) -> bool:
    """Whether a beginning finds one of the words: then it finds all documents that have the whole group."""
    return any(
        word.word[:size] in beginnings
        for word in group
        for size in range(1, len(word.word) + 1)
        if not (len(group) == 1 and word.is_prefix and size == len(word.word))
    )


@dataclass(frozen=True, slots=True)
class QuerySyntax:
    """The query syntax of one database: `word` formats a word or a prefix."""

    and_: str
    or_: str
    word: Callable[[str, bool], str]

    def format_query(self, user_prefix: str, query: IndexQuery) -> str:
        labels = [self.word(user_prefix + name, False) for name in query.labels]
        terms = [self._format_term(user_prefix, term) for term in query.terms]
        return self._join([*labels, *self._format_terms(terms, query.least)], self.and_)

    def _format_terms(self, terms: Sequence[str], least: int) -> list[str]:
        if least >= len(terms):
            return list(terms)
        chosen = [self._join(some, self.and_) for some in combinations(terms, least)]
        return [self._join(chosen, self.or_)]

    def _format_term(self, user_prefix: str, term: Alternatives) -> str:
        groups = (
            self._join([self.word(user_prefix + one.word, one.is_prefix) for one in group], self.and_) for group in term
        )
        return self._join(list(groups), self.or_)

    @staticmethod
    def _join(parts: Sequence[str], separator: str) -> str:
        return parts[0] if len(parts) == 1 else f"({separator.join(parts)})" if parts else ""


def format_lexeme(word: str, is_prefix: bool) -> str:
    return "'{}'{}".format(word.replace("\\", "").replace("'", ""), ":*" if is_prefix else "")


def format_phrase(word: str, is_prefix: bool) -> str:
    """Formats a word for FTS5, which refuses a phrase of several tokens in this index: each token is asked for."""
    *tokens, last = word.replace('"', "").translate(FTS5_SEPARATORS).split()
    phrase = " AND ".join([*(f'"{token}"' for token in tokens), f'"{last}"{" *" if is_prefix else ""}'])
    return f"({phrase})" if tokens else phrase


SYNTAXES = {
    "postgresql": QuerySyntax(" & ", " | ", format_lexeme),
    "sqlite": QuerySyntax(" AND ", " OR ", format_phrase),
}
