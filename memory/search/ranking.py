"""Ranks found documents by matching words, by type, by file and by age. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from memory.rules.search_documents import TITLE_SEPARATOR
from memory.search.query_parser import SearchQuery
from memory.search.query_terms import SearchTerm
from memory.search.term_matcher import TermMatcher
from memory.values.text_analyzer import make_label

TITLE_WEIGHT, TEXT_WEIGHT = 2.5, 1.0
# Requests, fixes and summaries count more than files and pages that were only read.
TYPE_WEIGHTS = {"summary": 1.3, "prompt": 1.2, "fix": 1.3, "failure": 1.1, "decision": 1.2, "read": 0.6, "search": 0.6}
CHANGE_TYPES = ("edit", "fix")
# What a change of the file, or another act on the file, counts more if a term of the query names the file.
CHANGED_FILE_WEIGHT, OWN_FILE_WEIGHT, CHANGED_IDENTIFIER_WEIGHT = 3.0, 1.5, 1.5
DAY_US = 86_400_000_000
SESSION_SHARE = 0.2  # of the score of the best document of the session, which is added
HALF_LIFE_DAYS, RECENCY_SHARE = 30.0, 0.3  # recency can change at most this share of the score
_SEPARATOR = f" {TITLE_SEPARATOR} "
_FILE_LABEL = " file="
_NAME_SIGNS = str.maketrans("", "", "_-")  # in which spellings of an identifier differ


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document that matched a query, before ranking."""

    seq: int
    at_us: int
    type: str
    terms: str
    session_id: object = None  # in the form of the database


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A ranked document. `has_all`: it matches all terms of the query."""

    seq: int
    at_us: int
    has_all: bool
    score: float


def rank_documents(found: Sequence[FoundDocument], search_query: SearchQuery) -> list[RankedDocument]:
    """Sorts documents, best first: those with all terms before others; without search terms, newest first."""
    terms, paths = search_query.terms, search_query.paths
    matchers = [TermMatcher(term) for term in terms]
    term_scores = [_score_terms(f" {one.terms} ", matchers) for one in found]
    rarity = [math.log(1 + len(found) / (1 + sum(fit[at] > 0 for fit in term_scores))) for at in range(len(terms))]
    newest = max((one.at_us for one in found), default=0)
    scores = [
        _combine_scores(fit, rarity) * _weigh(one, terms, paths) * _recency(newest - one.at_us) if terms else 0.0
        for one, fit in zip(found, term_scores, strict=True)
    ]
    best = _find_best(found, scores)
    ranked = [
        RankedDocument(one.seq, one.at_us, all(fit), score + SESSION_SHARE * best[one.session_id])
        for one, fit, score in zip(found, term_scores, scores, strict=True)
    ]
    return sorted(ranked, key=lambda one: (not one.has_all, -one.score, -one.at_us, -one.seq))


def _find_best(found: Sequence[FoundDocument], scores: Sequence[float]) -> dict[object, float]:
    """Finds the best score of each session: a document beside a good answer is more likely to belong to it."""
    best: dict[object, float] = {}
    for one, score in zip(found, scores, strict=True):
        best[one.session_id] = max(score, best.get(one.session_id, 0.0))
    return best


def _score_terms(words: str, matchers: Sequence[TermMatcher]) -> list[float]:
    title_end = words.find(_SEPARATOR) + 1 or len(words)
    weights = (matcher.find_weights(words, title_end) for matcher in matchers)
    return [max(in_title * TITLE_WEIGHT, anywhere * TEXT_WEIGHT) for in_title, anywhere in weights]


def _combine_scores(term_scores: Sequence[float], rarity: Sequence[float]) -> float:
    share = sum(weight for value, weight in zip(term_scores, rarity, strict=True) if value) / sum(rarity)
    return sum(value * weight for value, weight in zip(term_scores, rarity, strict=True)) * share


def _weigh(document: FoundDocument, terms: Sequence[SearchTerm], paths: Sequence[str]) -> float:
    is_change = document.type in CHANGE_TYPES
    if _names_file(document.terms, terms, paths):
        return CHANGED_FILE_WEIGHT if is_change else OWN_FILE_WEIGHT * TYPE_WEIGHTS.get(document.type, 1.0)
    weight = TYPE_WEIGHTS.get(document.type, 1.0)
    is_of_code = bool(paths) or any(term.is_identifier for term in terms)
    return CHANGED_IDENTIFIER_WEIGHT if is_of_code and is_change else weight


def _names_file(document_terms: str, terms: Sequence[SearchTerm], paths: Sequence[str]) -> bool:
    """Whether the document has the label of a file that the query names, with or without the file's suffix."""
    words = f" {document_terms} "
    if _FILE_LABEL not in words:
        return False
    if any(f" {make_label('file', path.rpartition('/')[2])} " in words for path in paths):
        return True
    names = {term.text.translate(_NAME_SIGNS) for term in terms if term.is_identifier}
    labels = (
        (word[len(_FILE_LABEL) - 1 :] for word in words.split() if word.startswith(_FILE_LABEL[1:])) if names else ()
    )
    return any(label.partition(".")[0].translate(_NAME_SIGNS) in names for label in labels)


def _recency(age_us: int) -> float:
    return float(1 - RECENCY_SHARE + RECENCY_SHARE * 0.5 ** (age_us / DAY_US / HALF_LIFE_DAYS))
