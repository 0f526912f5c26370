"""Leaves out of summaries the requests that repeat prompts that their user had forgotten."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from uuid import UUID

from events.isolation.row_security import acting_for_user
from memory.models import Prompt, Summary
from memory.rules import turn_summary
from memory.rules.search_documents import build_summary_document
from memory.search.query_terms import SearchTerm
from memory.search.ranking import FoundDocument
from memory.search.term_matcher import TermMatcher
from memory.sessions import forgotten_prompts

_COLUMNS = [field.name for field in fields(turn_summary.Summary)]


@acting_for_user
def clear_requests(user_id: UUID, rows: list[Summary]) -> list[Summary]:
    """Empties the forgotten requests of these summaries."""
    prompts = forgotten_prompts.list_prompts(user_id, {row.session_id for row in rows})
    for row in rows:
        if any(one.session_id == row.session_id and forgotten_prompts.is_repeated(one, row.request) for one in prompts):
            row.request = ""
    return rows


@acting_for_user
def clear_documents(
    user_id: UUID, found: Sequence[FoundDocument], terms: Sequence[SearchTerm], forgotten: Collection[int]
) -> Sequence[FoundDocument]:
    """Takes the words of forgotten requests from found documents; leaves out those that match by nothing else.

    `forgotten` are the numbers of all forgotten entries.
    """
    if not forgotten:
        return found
    sessions = Prompt.objects.for_user(user_id).filter(seq__in=forgotten).values("session_id")
    seqs = [one.seq for one in found if one.type == "summary"]
    summaries = Summary.objects.for_user(user_id).filter(seq__in=seqs, session_id__in=sessions)
    rows = clear_requests(user_id, [row for row in summaries if row.request])
    words = {row.seq: _build_words(row) for row in rows if not row.request}
    matchers = [TermMatcher(term) for term in terms]
    documents = (replace(one, terms=words.get(one.seq, one.terms)) for one in found)
    return [one for one in documents if one.seq not in words or _matches(one, matchers)]


def _build_words(row: Summary) -> str:
    return build_summary_document(turn_summary.Summary(**{name: getattr(row, name) for name in _COLUMNS})).terms


def _matches(document: FoundDocument, matchers: Sequence[TermMatcher]) -> bool:
    return not matchers or any(matcher.occurs(f" {document.terms} ") for matcher in matchers)
