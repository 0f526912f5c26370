"""Searches very common words by scanning backwards from the newest document. PostgreSQL only: its GIN index would
first enumerate every match, half a million of them, while a scan soon finds a thousand. SQLite's index lists the newest
document first and stops at the limit.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for
from memory.search.document_index import MAX_CANDIDATES, build_filters
from memory.search.query_parser import SearchQuery
from memory.search.ranking import FoundDocument
from memory.values.text_analyzer import SearchTerm

SCAN_EVENTS_LIMIT = 40_000  # newest events that a scan reads
# The documents of a few events, sampled evenly over the whole log, decide whether a scan is worthwhile.
SAMPLE_COUNT, SAMPLE_EVENTS = 12, 50
MIN_SAMPLE_MATCHES = MAX_CANDIDATES * SAMPLE_COUNT * SAMPLE_EVENTS // SCAN_EVENTS_LIMIT

# The bounds are parameters, because row-level security keeps every condition that is computed from columns away from an
# index. The order and the two bounds leave the planner one index, even if its statistics of a growing table are stale.
_COUNT_SQL = """
SELECT count(*) FROM unnest(%s::bigint[], %s::bigint[]) AS sample (low, high) CROSS JOIN LATERAL (
    SELECT at_us, terms, session_id, project_key, repo_key FROM memory_searchdocument
    WHERE user_id = %s AND seq > low AND seq <= high
    ORDER BY seq DESC LIMIT {each}
) AS few WHERE {fits} {rest}"""
_NEWEST_SQL = """
SELECT seq, at_us, type, terms FROM memory_searchdocument
WHERE user_id = %s AND seq > %s AND seq <= %s AND {fits} {rest}
ORDER BY seq DESC LIMIT {limit}"""
_CONTAINS_SQL = "strpos(' ' || terms || ' ', %s) > 0"


def scan_backwards(
    user_id: UUID, search_query: SearchQuery, *, max_seq: int, match_any: bool
) -> list[FoundDocument] | None:
    """Finds the same documents as `document_index.find_documents`, newest first.

    Returns None if the words are not common enough; the caller then uses `find_documents`.
    """
    if connection.vendor != "postgresql" or not (search_query.labels or search_query.terms):
        return None
    if _count_sample_matches(user_id, search_query, max_seq, match_any) < MIN_SAMPLE_MATCHES:
        return None
    found = scan_newest_events(SCAN_EVENTS_LIMIT, user_id, search_query, max_seq, match_any)
    return found if len(found) == MAX_CANDIDATES else None


def scan_newest_events(
    events: int, user_id: UUID, search_query: SearchQuery, max_seq: int, match_any: bool
) -> list[FoundDocument]:
    """Finds the matching documents among those of the newest `events` events."""
    return [
        FoundDocument(*row)
        for row in _run_query(user_id, _NEWEST_SQL, [user_id, max_seq - events, max_seq], search_query, match_any)
    ]


def _count_sample_matches(user_id: UUID, search_query: SearchQuery, max_seq: int, match_any: bool) -> int:
    """Counts the matching documents of the sampled events."""
    sample_ends = [max_seq - max_seq * at // SAMPLE_COUNT for at in range(SAMPLE_COUNT)]
    parameters = [[end - SAMPLE_EVENTS for end in sample_ends], sample_ends, user_id]
    return int(_run_query(user_id, _COUNT_SQL, parameters, search_query, match_any)[0][0])


def _run_query(
    user_id: UUID, sql: str, parameters: list[Any], search_query: SearchQuery, match_any: bool
) -> list[tuple[Any, ...]]:
    condition, terms = _match_condition(search_query, match_any)
    filter_sql, filter_values = build_filters(user_id, search_query)
    with acting_for(user_id), connection.cursor() as cursor:
        cursor.execute(
            sql.format(fits=condition, rest=filter_sql, each=SAMPLE_EVENTS, limit=MAX_CANDIDATES),
            [*parameters, *terms, *filter_values],
        )
        return list(cursor.fetchall())


def _match_condition(search_query: SearchQuery, match_any: bool) -> tuple[str, list[str]]:
    """Builds the SQL condition that is equivalent to the index query, and its values. Spaces separate words."""
    labels = [f" {name} " for name in search_query.labels]
    terms = [_padded_term(part) for part in search_query.terms]
    term_conditions = [f"({(' OR ' if match_any else ' AND ').join([_CONTAINS_SQL] * len(terms))})"] if terms else []
    return " AND ".join([*[_CONTAINS_SQL] * len(labels), *term_conditions]), labels + terms


def _padded_term(term: SearchTerm) -> str:
    return f" {term.word}" if term.is_prefix else f" {term.word} "
