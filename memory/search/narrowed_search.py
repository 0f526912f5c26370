"""Searches for terms of which some are common, without their beginnings of words.

An index names every document with a common beginning of words before it intersects them. It takes less time to read the
documents that have the rare terms and to look for the others in these, or to ask for the words as typed.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from math import ceil
from typing import NamedTuple
from uuid import UUID

from memory.search import document_index
from memory.search.document_index import MAX_CANDIDATES
from memory.search.query_parser import BEST_FIRST, SearchQuery
from memory.search.query_terms import SearchTerm, TermForm
from memory.search.ranking import FoundDocument
from memory.search.term_matcher import TermMatcher

COMMON_SHARE = 0.05  # share of the documents: a term in more of them says little beside others
RARE_SHARE = 0.01  # of the documents: the index names the documents of rarer terms at once
MAX_READ_DOCUMENTS = 2_000  # that have the rare terms
ENOUGH_DOCUMENTS = 100  # this many with all terms are enough, although there are more


class FoundDocuments(NamedTuple):
    """Documents, newest (or oldest) first. `is_complete` is false if there are more, or may be."""

    documents: Sequence[FoundDocument]
    is_complete: bool


def find_narrowed(
    user_id: UUID, search_query: SearchQuery, sample: Sequence[str], max_seq: int
) -> FoundDocuments | None:
    """Finds documents with all terms: all that `document_index.find_documents` finds, or enough of them.

    Returns None if too few were found and there may be more.
    """
    common = [term for term in search_query.terms if is_common(term, sample, RARE_SHARE)]
    rare = tuple(term for term in search_query.terms if term not in common)
    if not common:
        return None
    return (
        _find_with_rare(user_id, replace(search_query, terms=rare), common, max_seq)
        if rare
        else _find_as_typed(user_id, search_query, max_seq)
    )


def _find_with_rare(
    user_id: UUID, rare: SearchQuery, common: Sequence[SearchTerm], max_seq: int
) -> FoundDocuments | None:
    found = document_index.find_documents(
        user_id, rare, max_seq=max_seq, least=len(rare.terms), limit=MAX_READ_DOCUMENTS
    )
    matchers = [TermMatcher(term) for term in common]
    matching = (one for one in found if all(matcher.occurs(f" {one.terms} ") for matcher in matchers))
    chosen = list(islice(matching, MAX_CANDIDATES))
    has_read_all = len(found) < MAX_READ_DOCUMENTS
    is_complete = has_read_all and len(chosen) < MAX_CANDIDATES
    return FoundDocuments(chosen, is_complete) if has_read_all or len(chosen) >= ENOUGH_DOCUMENTS else None


def _find_as_typed(user_id: UUID, search_query: SearchQuery, max_seq: int) -> FoundDocuments | None:
    """Finds documents with the words themselves, which the index intersects at once.

    Others have only their beginnings, so a list by time would miss some between those found.
    """
    if search_query.order != BEST_FIRST:
        return None
    typed = tuple(replace(term, forms=_leave_out_beginnings(term)) for term in search_query.terms)
    found = document_index.find_documents(
        user_id, replace(search_query, terms=typed), max_seq=max_seq, least=len(typed)
    )
    return FoundDocuments(found, is_complete=False) if len(found) >= ENOUGH_DOCUMENTS else None


def _leave_out_beginnings(term: SearchTerm) -> tuple[TermForm, ...]:
    whole = tuple(form for form in term.forms if not any(one.is_prefix for one in form.patterns))
    return whole or term.forms


def is_common(term: SearchTerm, sample: Sequence[str], share: float = COMMON_SHARE) -> bool:
    return occurs_in(term, sample, at_least=max(1, ceil(len(sample) * share)))


def occurs_in(term: SearchTerm, documents: Sequence[str], *, at_least: int) -> bool:
    matcher = TermMatcher(term)
    matching = (1 for terms in documents if matcher.occurs(f" {terms} "))
    return sum(islice(matching, at_least)) >= at_least
