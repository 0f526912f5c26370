"""Finds the documents that a search ranks: those with all terms, else with most, else with any, else spelled alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from uuid import UUID

from memory.search import backward_scan, document_index
from memory.search.document_index import MAX_CANDIDATES
from memory.search.index_query import MAX_COMBINED_TERMS
from memory.search.query_parser import BEST_FIRST, SearchQuery
from memory.search.query_terms import SearchTerm, TermForm, WordPattern, correct_term
from memory.search.ranking import FoundDocument, score_term
from memory.search.typing_errors import find_known_words, find_near_words, may_be_misspelled

MIN_FULL_MATCHES = 10  # with fewer documents that have all terms, documents with some of them are added
MOST_SHARE = 0.6  # of the terms, which a document must have before any of them is enough
FEW_DOCUMENTS = 3  # a word that fewer documents have may be misspelled
SAMPLE_DOCUMENTS = 300  # newest documents whose words are compared with a word that is hardly known
MAX_CORRECTED_TERMS = 4
TYPING_ERROR_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Candidates:
    """Documents to rank. `search_query` has the terms by which they were found, corrected ones too.

    `is_complete` is false if there are more documents than a search reads. `corrections` are the words that were
    searched, too, by the word as typed.
    """

    documents: Sequence[FoundDocument]
    search_query: SearchQuery
    is_complete: bool = True
    corrections: dict[str, tuple[str, ...]] = field(default_factory=dict)


def find_candidates(user_id: UUID, search_query: SearchQuery, max_seq: int) -> Candidates:
    found = _find_in_stages(user_id, search_query, max_seq)
    if _count_full(found.documents, search_query.terms) >= MIN_FULL_MATCHES:
        return found
    corrections = _find_corrections(user_id, search_query, found.documents, max_seq)
    if not corrections:
        return found
    terms = [
        correct_term(term, corrections[term.text], TYPING_ERROR_WEIGHT) if term.text in corrections else term
        for term in search_query.terms
    ]
    return replace(
        _find_in_stages(user_id, replace(search_query, terms=tuple(terms)), max_seq), corrections=corrections
    )


def _find_in_stages(user_id: UUID, search_query: SearchQuery, max_seq: int) -> Candidates:
    """Requires all terms, then most, then any, until there are enough documents."""
    documents: dict[int, FoundDocument] = {}
    is_complete = True
    for least in _list_stages(len(search_query.terms)):
        found = _find_newest(user_id, search_query, max_seq, least)
        documents |= {one.seq: one for one in found}
        is_complete &= len(found) < MAX_CANDIDATES
        # A list by time has no place for what matches less.
        if len(documents) >= MIN_FULL_MATCHES or (documents and search_query.order != BEST_FIRST):
            break
    return Candidates(list(documents.values()), search_query, is_complete)


def _list_stages(count: int) -> list[int]:
    most = ceil(count * MOST_SHARE) if 2 < count <= MAX_COMBINED_TERMS else count
    return list(dict.fromkeys((count, most, min(count, 1))))


def _find_newest(user_id: UUID, search_query: SearchQuery, max_seq: int, least: int) -> list[FoundDocument]:
    found = backward_scan.scan_backwards(user_id, search_query, max_seq=max_seq, least=least)
    if found is None:
        return document_index.find_documents(user_id, search_query, max_seq=max_seq, least=least)
    return found


def _count_full(documents: Iterable[FoundDocument], terms: Sequence[SearchTerm]) -> int:
    return sum(all(score_term(term, one.terms) for term in terms) for one in documents)


def _find_corrections(
    user_id: UUID, search_query: SearchQuery, documents: Sequence[FoundDocument], max_seq: int
) -> dict[str, tuple[str, ...]]:
    """Finds known words that differ in one letter from a term that hardly any document has."""
    unknown = [
        term
        for term in search_query.terms
        if may_be_misspelled(term.text) and not _is_known(user_id, term, documents, max_seq)
    ][:MAX_CORRECTED_TERMS]
    if not unknown:
        return {}
    sample = document_index.find_documents(user_id, SearchQuery(), max_seq=max_seq, least=0, limit=SAMPLE_DOCUMENTS)
    known = [one.terms for one in (*documents, *sample)]
    corrections = {term.text: _find_corrected(user_id, term.text, known, max_seq) for term in unknown}
    return {word: meant for word, meant in corrections.items() if meant}


def _is_known(user_id: UUID, term: SearchTerm, documents: Sequence[FoundDocument], max_seq: int) -> bool:
    if sum(score_term(term, one.terms) > 0 for one in documents) >= FEW_DOCUMENTS:
        return True
    # Where only the newest of many documents were read, older ones may have the word.
    is_partial = len(documents) >= MAX_CANDIDATES
    return is_partial and len(_find_with(user_id, term, max_seq)) >= FEW_DOCUMENTS


def _find_corrected(user_id: UUID, word: str, known: Sequence[str], max_seq: int) -> tuple[str, ...]:
    """Looks among the words of these documents first, since the index is slow for frequent words."""
    near = find_near_words(word)
    if found := find_known_words(near, known):
        return found
    forms = tuple(TermForm((WordPattern(one),)) for one in sorted(near))
    return find_known_words(near, [one.terms for one in _find_with(user_id, SearchTerm(word, forms), max_seq)])


def _find_with(user_id: UUID, term: SearchTerm, max_seq: int) -> list[FoundDocument]:
    """Finds a few documents with the term in any session."""
    return document_index.find_documents(
        user_id, SearchQuery(terms=(term,)), max_seq=max_seq, least=1, limit=SAMPLE_DOCUMENTS
    )
