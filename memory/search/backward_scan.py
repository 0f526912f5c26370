"""Searches very common words by scanning backwards from the newest document: an index would first enumerate every
document with a beginning of words, half a million of them, while a scan soon finds a thousand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for
from events.store import event_compression
from memory.search import document_index
from memory.search.document_index import MAX_CANDIDATES, build_filters
from memory.search.index_query import IndexQuery, make_index_query
from memory.search.query_parser import SearchQuery
from memory.search.query_terms import WordPattern
from memory.search.ranking import FoundDocument
from memory.search.term_matcher import TermMatcher

SCAN_EVENTS_LIMIT = 40_000  # newest events that a scan reads
# The documents of a few events, sampled evenly over the whole log, decide whether a scan is worthwhile.
SAMPLE_COUNT, SAMPLE_EVENTS = 12, 50
MIN_SAMPLE_MATCHES = MAX_CANDIDATES * SAMPLE_COUNT * SAMPLE_EVENTS // SCAN_EVENTS_LIMIT

# The bounds are parameters, because row-level security keeps every condition that is computed from columns away from an
# index. The order and the two bounds leave the planner one index, even if its statistics of a growing table are stale.
_COUNT_SQL = """
SELECT count(*) FROM unnest(%s::bigint[], %s::bigint[]) AS sample (low, high) CROSS JOIN LATERAL (
    SELECT at_us, ' ' || terms || ' ' AS words, session_id, project_key, repo_key FROM memory_searchdocument
    WHERE user_id = %s AND seq > low AND seq <= high
    ORDER BY seq DESC LIMIT {each}
) AS few WHERE {fits} {rest}"""
_NEWEST_SQL = """
SELECT seq, at_us, type, terms, session_id FROM memory_searchdocument
CROSS JOIN LATERAL (SELECT ' ' || terms || ' ' AS words OFFSET 0) AS padded
WHERE user_id = %s AND seq > %s AND seq <= %s AND {fits} {rest}
ORDER BY seq {order} LIMIT {limit}"""
_CONTAINS_SQL = "strpos(words, %s) > 0"
# On SQLite texts are compressed, and Python reads them: a scan reads fewer events, for more common words.
READ_EVENTS_LIMIT, READ_AT_ONCE = 8_000, 500
_READ_SQL = """
SELECT seq, at_us, type, terms, session_id FROM memory_searchdocument
WHERE user_id = %s AND seq > %s AND seq <= %s {rest} ORDER BY seq {order}"""


def scan_backwards(
    user_id: UUID, search_query: SearchQuery, load_sample: Callable[[], Sequence[str]], *, max_seq: int, least: int
) -> list[FoundDocument] | None:
    """Finds the same documents as `document_index.find_documents`, newest (or oldest) first.

    Returns None if the words are not common enough, or the index is as fast; the caller then uses `find_documents`.
    """
    if not (search_query.labels or search_query.terms):
        return None
    if connection.vendor != "postgresql":
        is_fast = document_index.is_fast(user_id, search_query, least)
        return None if is_fast else _read_backwards(user_id, search_query, load_sample(), max_seq, least)
    if _count_sample_matches(user_id, search_query, max_seq, least) < MIN_SAMPLE_MATCHES:
        return None
    found = scan_events(SCAN_EVENTS_LIMIT, user_id, search_query, max_seq, least)
    return found if len(found) == MAX_CANDIDATES else None


def _read_backwards(
    user_id: UUID, search_query: SearchQuery, sample: Sequence[str], max_seq: int, least: int
) -> list[FoundDocument] | None:
    matches = sum(1 for _ in _filter((FoundDocument(0, 0, "", terms) for terms in sample), search_query, least))
    if matches * READ_EVENTS_LIMIT < MAX_CANDIDATES * len(sample):
        return None
    found = read_events(READ_EVENTS_LIMIT, user_id, search_query, max_seq, least)
    return found if len(found) == MAX_CANDIDATES else None


def read_events(events: int, user_id: UUID, search_query: SearchQuery, max_seq: int, least: int) -> list[FoundDocument]:
    """Finds the same as `scan_events`, and compares the words in Python."""
    filter_sql, filter_values = build_filters(user_id, search_query)
    order = "ASC" if search_query.is_oldest_first else "DESC"
    bounds = _list_bounds(events, search_query, max_seq)
    with acting_for(user_id), connection.cursor() as cursor:
        cursor.execute(_READ_SQL.format(rest=filter_sql, order=order), [user_id, *bounds, *filter_values])
        rows = (row for some in iter(lambda: cursor.fetchmany(READ_AT_ONCE), []) for row in some)
        documents = (
            FoundDocument(seq, at_us, type_, event_compression.to_text(terms), session_id)
            for seq, at_us, type_, terms, session_id in rows
        )
        return list(islice(_filter(documents, search_query, least), MAX_CANDIDATES))


def _filter(documents: Iterable[FoundDocument], search_query: SearchQuery, least: int) -> Iterator[FoundDocument]:
    labels = [f" {label} " for label in search_query.labels]
    matchers = [TermMatcher(term) for term in search_query.terms]
    required = min(least, len(matchers))
    for one in documents:
        words = f" {one.terms} "
        has_labels = all(label in words for label in labels)
        if has_labels and sum(matcher.occurs(words) for matcher in matchers) >= required:
            yield one


def _list_bounds(events: int, search_query: SearchQuery, max_seq: int) -> list[int]:
    return [0, min(events, max_seq)] if search_query.is_oldest_first else [max_seq - events, max_seq]


def scan_events(events: int, user_id: UUID, search_query: SearchQuery, max_seq: int, least: int) -> list[FoundDocument]:
    """Finds the matching documents among those of the newest (or oldest) `events` events."""
    bounds = _list_bounds(events, search_query, max_seq)
    return [FoundDocument(*row) for row in _run_query(user_id, _NEWEST_SQL, [user_id, *bounds], search_query, least)]


def _count_sample_matches(user_id: UUID, search_query: SearchQuery, max_seq: int, least: int) -> int:
    """Counts the matching documents of the sampled events."""
    sample_ends = [max_seq - max_seq * at // SAMPLE_COUNT for at in range(SAMPLE_COUNT)]
    parameters = [[end - SAMPLE_EVENTS for end in sample_ends], sample_ends, user_id]
    return int(_run_query(user_id, _COUNT_SQL, parameters, search_query, least)[0][0])


def _run_query(
    user_id: UUID, sql: str, parameters: list[Any], search_query: SearchQuery, least: int
) -> list[tuple[Any, ...]]:
    condition, words = _match_condition(make_index_query(search_query.labels, search_query.terms, least))
    filter_sql, filter_values = build_filters(user_id, search_query)
    order = "ASC" if search_query.is_oldest_first else "DESC"
    with acting_for(user_id), connection.cursor() as cursor:
        cursor.execute(
            sql.format(fits=condition, rest=filter_sql, each=SAMPLE_EVENTS, limit=MAX_CANDIDATES, order=order),
            [*parameters, *words, *filter_values],
        )
        return list(cursor.fetchall())


def _match_condition(query: IndexQuery) -> tuple[str, list[str]]:
    """Builds the SQL condition that is equivalent to the index query, and its values. Spaces separate words."""
    words = [f" {name} " for name in query.labels]
    words += [_pad(one) for term in query.terms for group in term for one in group]
    terms = [f"({' OR '.join(' AND '.join([_CONTAINS_SQL] * len(group)) for group in term)})" for term in query.terms]
    labels = [_CONTAINS_SQL] * len(query.labels)
    return " AND ".join([*labels, *_require(terms, query.least)]), words


def _require(terms: list[str], least: int) -> list[str]:
    """Builds the conditions that at least `least` of these conditions hold."""
    if least >= len(terms):
        return terms
    return [f"({' OR '.join(terms)})" if least == 1 else f"{' + '.join(f'{one}::int' for one in terms)} >= {least}"]


def _pad(one: WordPattern) -> str:
    return f" {one.word}" if one.is_prefix else f" {one.word} "
