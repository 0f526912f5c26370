"""Finds the documents that a search ranks: those with all terms, else with most, else with any, else spelled alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil
from uuid import UUID

from events.isolation.row_security import acting_for_user
from memory.search import backward_scan, document_index, narrowed_search
from memory.search.document_index import MAX_CANDIDATES
from memory.search.document_sample import load_sample
from memory.search.index_query import MAX_COMBINED_TERMS
from memory.search.narrowed_search import FoundDocuments, is_common, occurs_in
from memory.search.query_parser import BEST_FIRST, SearchQuery
from memory.search.query_terms import SearchTerm, TermForm, WordPattern, correct_term
from memory.search.ranking import FoundDocument
from memory.search.typing_errors import find_known_words, list_spellings, may_be_misspelled

MIN_FULL_MATCHES = 10  # with fewer documents that have all terms, documents with some of them are added
MOST_SHARE = 0.6  # share of the terms that a document must have, before the search requires only one term
MIN_SAMPLED_EVENTS = 20_000  # in a smaller log the index is fast for every term
FEW_DOCUMENTS = 3  # a word that fewer documents have may be misspelled
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


class SearchedLog:
    """The log of a user up to an event. It loads the sample only if it is needed."""

    def __init__(self, user_id: UUID, max_seq: int) -> None:
        self.user_id, self.max_seq = user_id, max_seq

    @cached_property
    def sample(self) -> Sequence[str]:
        return load_sample(self.user_id, self.max_seq)

    def find_newest(self, search_query: SearchQuery, least: int) -> FoundDocuments:
        """Finds the newest documents with at least `least` of the terms, in the way that is fastest for them."""
        found = self._find_in_large_log(search_query, least) if self.max_seq >= MIN_SAMPLED_EVENTS else None
        return found or _limit(
            document_index.find_documents(self.user_id, search_query, max_seq=self.max_seq, least=least)
        )

    def _find_in_large_log(self, search_query: SearchQuery, least: int) -> FoundDocuments | None:
        is_narrow = 1 < len(search_query.terms) <= least
        has_rare = is_narrow and not all(is_common(term, self.sample) for term in search_query.terms)
        if not has_rare:
            scanned = backward_scan.scan_backwards(
                self.user_id, search_query, lambda: self.sample, max_seq=self.max_seq, least=least
            )
            if scanned is not None:
                return _limit(scanned)
        if not is_narrow:
            return None
        return narrowed_search.find_narrowed(self.user_id, search_query, self.sample, self.max_seq)

    def find_with(self, term: SearchTerm) -> list[FoundDocument]:
        """Finds a few documents with the term in any session."""
        return document_index.find_documents(
            self.user_id, SearchQuery(terms=(term,)), max_seq=self.max_seq, least=1, limit=FEW_DOCUMENTS * 10
        )


def _limit(documents: Sequence[FoundDocument]) -> FoundDocuments:
    return FoundDocuments(documents, is_complete=len(documents) < MAX_CANDIDATES)


# One transaction for all statements: each of its own would begin, name the user and commit again.
@acting_for_user
def find_candidates(user_id: UUID, search_query: SearchQuery, max_seq: int) -> Candidates:
    searched = SearchedLog(user_id, max_seq)
    found = _merge(search_query, [searched.find_newest(search_query, len(search_query.terms))])
    if len(found.documents) >= MIN_FULL_MATCHES or not search_query.terms:
        return found
    corrections = _find_corrections(searched, search_query, [one.terms for one in found.documents])
    terms = [correct_term(term, corrections.get(term.text, ()), TYPING_ERROR_WEIGHT) for term in search_query.terms]
    corrected = replace(search_query, terms=tuple(terms))
    if corrections:
        found = _merge(corrected, [searched.find_newest(corrected, len(terms))])
    return replace(_add_partial_matches(searched, found), corrections=corrections)


def _add_partial_matches(searched: SearchedLog, found: Candidates) -> Candidates:
    """Requires most of the rarer terms, then any of these, then any term at all, until there are enough documents."""
    search_query = found.search_query
    rare = replace(
        search_query, terms=tuple(term for term in search_query.terms if not is_common(term, searched.sample))
    )
    most = ceil(len(rare.terms) * MOST_SHARE) if len(rare.terms) <= MAX_COMBINED_TERMS else 1
    batches = [FoundDocuments(found.documents, found.is_complete)]
    for query, least in dict.fromkeys([(rare, most), (rare, 1), (search_query, 1)]):
        # A list by time contains no documents that match less.
        is_enough = len(_merge(query, batches).documents) >= MIN_FULL_MATCHES
        if is_enough or (found.documents and search_query.order != BEST_FIRST):
            break
        if query.terms and not (least == 1 and len(query.terms) == len(search_query.terms) == 1):
            batches.append(searched.find_newest(query, least))
    return _merge(search_query, batches)


def _merge(search_query: SearchQuery, batches: Sequence[FoundDocuments]) -> Candidates:
    documents = {one.seq: one for batch in batches for one in batch.documents}
    return Candidates(list(documents.values()), search_query, all(batch.is_complete for batch in batches))


def _find_corrections(
    searched: SearchedLog, search_query: SearchQuery, found: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Finds words that differ in one letter from a term that hardly any document has, by that term."""
    known = [*found, *searched.sample]
    typed = [term for term in search_query.terms if may_be_misspelled(term.text)]
    uncertain = [term for term in typed if not occurs_in(term, known, at_least=FEW_DOCUMENTS)]
    counts = {term.text: len(searched.find_with(term)) for term in uncertain}
    unknown = [word for word, count in counts.items() if count < FEW_DOCUMENTS][:MAX_CORRECTED_TERMS]
    corrections = {word: _correct(searched, word, known, is_absent=not counts[word]) for word in unknown}
    return {word: meant for word, meant in corrections.items() if meant}


def _correct(searched: SearchedLog, word: str, known: Sequence[str], *, is_absent: bool) -> tuple[str, ...]:
    """Looks among these documents first, since the index is slow for frequent words; asks the index for other words."""
    spellings = list_spellings(word)
    found = find_known_words(spellings, known)
    if found or not is_absent:
        return found
    forms = tuple(TermForm((WordPattern(one),)) for one in sorted(spellings))
    return find_known_words(spellings, [one.terms for one in searched.find_with(SearchTerm(word, forms))])
