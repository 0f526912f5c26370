"""Common words on PostgreSQL: a thousand documents that hold them are soon found by going back from the newest, while
the index names each of half a million first. SQLite's names the newest first, and stops when there are enough.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for
from memory.search.document_index import MAX_CANDIDATES, build_filters
from memory.search.query_parser import SearchQuery
from memory.search.ranking import FoundDocument
from memory.values.text_analyzer import SearchTerm

SCAN_EVENTS_LIMIT = 40_000  # events to go back
# Whether that is worth while is told by the documents of a few, at places spread over all of them.
SAMPLE_COUNT, SAMPLE_EVENTS = 12, 50
MIN_SAMPLE_MATCHES = MAX_CANDIDATES * SAMPLE_COUNT * SAMPLE_EVENTS // SCAN_EVENTS_LIMIT

# Between numbers that are given, since row-level security lets nothing that is computed from columns reach an index. In
# order and between two numbers: that holds a planner which knows too little of a growing table to the one index.
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
    """The same as `document_index.find_documents`, the newest first; None where that is to be asked: the words are
    not common.
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
    """Of the documents of so many of the newest events those that fit."""
    return [
        FoundDocument(*row)
        for row in _run_query(user_id, _NEWEST_SQL, [user_id, max_seq - events, max_seq], search_query, match_any)
    ]


def _count_sample_matches(user_id: UUID, search_query: SearchQuery, max_seq: int, match_any: bool) -> int:
    """How many fit of the documents of a few events."""
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
    """What the index is asked, as conditions on the words between spaces."""
    labels = [f" {name} " for name in search_query.labels]
    terms = [_padded_term(part) for part in search_query.terms]
    term_conditions = [f"({(' OR ' if match_any else ' AND ').join([_CONTAINS_SQL] * len(terms))})"] if terms else []
    return " AND ".join([*[_CONTAINS_SQL] * len(labels), *term_conditions]), labels + terms


def _padded_term(term: SearchTerm) -> str:
    return f" {term.word}" if term.is_prefix else f" {term.word} "
