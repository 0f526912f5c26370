"""Ranks found documents by matching words, by type and by age. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from memory.rules.search_documents import TITLE_SEPARATOR
from memory.values.text_analyzer import SearchTerm

TITLE_WEIGHT, TEXT_WEIGHT, PREFIX_WEIGHT = 2.5, 1.0, 0.7
# Requests, fixes and summaries count more than files and pages that were only read.
TYPE_WEIGHTS = {"summary": 1.3, "prompt": 1.2, "fix": 1.3, "failure": 1.1, "decision": 1.2, "read": 0.6, "search": 0.6}
DAY_US = 86_400_000_000
HALF_LIFE_DAYS, RECENCY_SHARE = 30.0, 0.3  # recency can change at most this share of the score


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document that matched a query, before ranking."""

    seq: int
    at_us: int
    type: str
    terms: str


def rank_documents(found: Sequence[FoundDocument], terms: Sequence[SearchTerm]) -> list[FoundDocument]:
    """Sorts documents, best first; without search terms, newest first."""
    if not found or not terms:
        return sorted(found, key=lambda one: (-one.at_us, -one.seq))
    term_scores = [_score_terms(one, terms) for one in found]
    rarity = [math.log(1 + len(found) / (1 + sum(fit[at] > 0 for fit in term_scores))) for at in range(len(terms))]
    newest = max(one.at_us for one in found)
    scores = {
        one.seq: _combine_scores(fit, rarity) * TYPE_WEIGHTS.get(one.type, 1.0) * _recency(newest - one.at_us)
        for one, fit in zip(found, term_scores, strict=True)
    }
    return sorted(found, key=lambda one: (-scores[one.seq], -one.at_us, -one.seq))


def _score_terms(document: FoundDocument, terms: Sequence[SearchTerm]) -> list[float]:
    title, _, text = document.terms.partition(f" {TITLE_SEPARATOR} ")
    in_title, in_text = title.split(), text.split()
    return [max(_score_term(part, in_title) * TITLE_WEIGHT, _score_term(part, in_text) * TEXT_WEIGHT) for part in terms]


def _score_term(term: SearchTerm, field_terms: Sequence[str]) -> float:
    if term.word in field_terms:
        return 1.0
    return PREFIX_WEIGHT if term.is_prefix and any(word.startswith(term.word) for word in field_terms) else 0.0


def _combine_scores(term_scores: Sequence[float], rarity: Sequence[float]) -> float:
    share = sum(weight for value, weight in zip(term_scores, rarity, strict=True) if value) / sum(rarity)
    return sum(value * weight for value, weight in zip(term_scores, rarity, strict=True)) * share


def _recency(age_us: int) -> float:
    return float(1 - RECENCY_SHARE + RECENCY_SHARE * 0.5 ** (age_us / DAY_US / HALF_LIFE_DAYS))
