"""Searches for the rare terms of a query, and looks for its common terms in the documents that have these.

An index names every document with a common beginning of words before it intersects them, which takes longer than to
read the few documents that have the rare terms.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from math import ceil
from uuid import UUID

from memory.search import document_index
from memory.search.document_index import MAX_CANDIDATES
from memory.search.query_parser import SearchQuery
from memory.search.query_terms import SearchTerm
from memory.search.ranking import FoundDocument
from memory.search.term_matcher import TermMatcher

COMMON_SHARE = 0.05  # of the documents: a term that so many have says little beside others
MAX_READ_DOCUMENTS = 5_000  # with more documents that have the rare terms, the index is asked for all terms


def find_narrowed(
    user_id: UUID, search_query: SearchQuery, sample: Sequence[str], max_seq: int
) -> list[FoundDocument] | None:
    """Finds the same documents with all terms as `document_index.find_documents`, newest (or oldest) first.

    Returns None if the query has no rare term beside a common one, or if too many documents have the rare terms.
    """
    common = [term for term in search_query.terms if is_common(term, sample)]
    rare = replace(search_query, terms=tuple(term for term in search_query.terms if term not in common))
    if not common or not rare.terms:
        return None
    found = document_index.find_documents(
        user_id, rare, max_seq=max_seq, least=len(rare.terms), limit=MAX_READ_DOCUMENTS
    )
    matchers = [TermMatcher(term) for term in common]
    matching = (one for one in found if all(matcher.occurs(f" {one.terms} ") for matcher in matchers))
    chosen = list(islice(matching, MAX_CANDIDATES))
    return chosen if len(found) < MAX_READ_DOCUMENTS or len(chosen) == MAX_CANDIDATES else None


def is_common(term: SearchTerm, sample: Sequence[str]) -> bool:
    return occurs_in(term, sample, at_least=max(1, ceil(len(sample) * COMMON_SHARE)))


def occurs_in(term: SearchTerm, documents: Sequence[str], *, at_least: int) -> bool:
    matcher = TermMatcher(term)
    matching = (1 for terms in documents if matcher.occurs(f" {terms} "))
    return sum(islice(matching, at_least)) >= at_least
