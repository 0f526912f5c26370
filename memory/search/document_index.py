"""Finds documents by their words, on each database.

On PostgreSQL, row-level security keeps word conditions away from every index. The query is therefore a setting of the
transaction that the policy of `memory_terms` reads (see the migration); a role that named no user, or set no query,
sees no row. Every word in the index also begins with a prefix of its user's id.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for
from events.store import event_compression
from events.wire.folder_names import folder_key
from memory.rules.search_documents import hash_name
from memory.search import index_words
from memory.search.index_query import SYNTAXES, IndexQuery, make_index_query
from memory.search.query_parser import SearchQuery
from memory.search.ranking import FoundDocument

MAX_CANDIDATES = 1_000  # only the newest matching documents are ranked
USER_PREFIX_CHARS = 8  # characters of the user's id before each word in the index: see the migration

# The policy of `memory_terms` contains the query, so every visible row matches. The outer query looks up each row by
# its id: with a join, PostgreSQL read all rows.
_POSTGRESQL_SQL = """
SELECT seq, at_us, type, terms, session_id FROM memory_searchdocument WHERE user_id = %s AND id = ANY (ARRAY (
    SELECT document_id FROM memory_terms WHERE user_id = %s AND seq <= %s {rest} ORDER BY seq {order} LIMIT {limit}
))"""
# Only the plan that uses the index of the words is fast, and the planner selects another if its statistics of the table
# are stale: a scan of the whole table, or of the whole index of the key. It also expects so much work that it would
# compile the plan and start workers, which takes longer than the search. With little memory, the index forgets which
# rows of a page have a common beginning of words, and the policy would check all of them.
_PLAN_SETTINGS = {
    "enable_seqscan": "off",
    "cpu_index_tuple_cost": "1",
    "random_page_cost": "0",
    "seq_page_cost": "0",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "'16MB'",
}
_SET_TERMS_SQL = "; ".join(
    ["SET LOCAL memfog.sought = %s", *(f"SET LOCAL {name} = {value}" for name, value in _PLAN_SETTINGS.items())]
)
_CLEAR_TERMS_SQL = "; ".join(
    ["SET LOCAL memfog.sought = ''", *(f"SET LOCAL {name} TO DEFAULT" for name in _PLAN_SETTINGS)]
)
_SQLITE_SQL = """
SELECT seq, at_us, type, memory_searchdocument.terms, session_id FROM memory_words
JOIN memory_searchdocument ON memory_searchdocument.id = memory_words.rowid
WHERE memory_words MATCH %s AND user_id = %s AND seq <= %s {rest} ORDER BY memory_words.rowid {order} LIMIT {limit}"""
_NEWEST_SQL = """
SELECT seq, at_us, type, terms, session_id FROM memory_searchdocument
WHERE user_id = %s AND seq <= %s {rest} ORDER BY seq {order} LIMIT {limit}"""
_MACHINE_CONDITION_SQL = (
    " AND session_id IN (SELECT session_id FROM memory_session WHERE user_id = %s AND machine = %s)"
)
_AUTOMATED_CONDITION_SQL = " AND session_id {} (SELECT session_id FROM memory_session WHERE user_id = %s AND automated)"


def find_documents(
    user_id: UUID, search_query: SearchQuery, *, max_seq: int, least: int, limit: int = MAX_CANDIDATES
) -> list[FoundDocument]:
    """Finds the newest documents up to event `max_seq` (or the oldest) that match at least `least` of the terms."""
    filter_sql, filter_values = build_filters(user_id, search_query)
    parts = {"rest": filter_sql, "limit": limit, "order": "ASC" if search_query.is_oldest_first else "DESC"}
    with acting_for(user_id), connection.cursor() as cursor:
        index_query = _make_query(cursor, user_id, search_query, least)
        match_expression = SYNTAXES[connection.vendor].format_query(_make_user_prefix(user_id), index_query)
        if match_expression:
            RUNNERS[connection.vendor](cursor, match_expression, parts, [user_id, max_seq, *filter_values])
        else:
            cursor.execute(_NEWEST_SQL.format(**parts), [user_id, max_seq, *filter_values])
        return [
            FoundDocument(seq, at_us, type_, event_compression.to_text(words), session_id)
            for seq, at_us, type_, words, session_id in cursor.fetchall()
        ]


def is_fast(user_id: UUID, search_query: SearchQuery, least: int) -> bool:
    """Whether the index reads the newest documents first, and need not collect all of them, for this query."""
    if connection.vendor == "postgresql":
        return False
    with acting_for(user_id), connection.cursor() as cursor:
        return not index_words.has_beginnings(_make_query(cursor, user_id, search_query, least))


def _make_query(cursor: Any, user_id: UUID, search_query: SearchQuery, least: int) -> IndexQuery:
    query = make_index_query(search_query.labels, search_query.terms, least)
    is_sqlite = connection.vendor == "sqlite"
    return index_words.name_words(cursor, _make_user_prefix(user_id), query) if is_sqlite else query


def _make_user_prefix(user_id: UUID) -> str:
    return str(user_id).replace("-", "")[:USER_PREFIX_CHARS]


def build_filters(user_id: UUID, search_query: SearchQuery) -> tuple[str, list[Any]]:
    """Builds the SQL conditions other than words, and their values.

    The project is also a label among the words, but a long name is truncated there.
    """
    conditions: list[tuple[str, list[Any]]] = [
        (" AND at_us >= %s", [search_query.since_us] * (search_query.since_us is not None)),
        (" AND at_us < %s", [search_query.until_us] * (search_query.until_us is not None)),
        (
            " AND (project_key = %s OR repo_key = %s)",
            [hash_name(folder_key(search_query.project))] * 2 if search_query.project else [],
        ),
        (_MACHINE_CONDITION_SQL, [user_id, search_query.machine] if search_query.machine else []),
        (
            _AUTOMATED_CONDITION_SQL.format("IN" if search_query.automated else "NOT IN"),
            [] if search_query.automated is None else [user_id],
        ),
    ]
    return "".join(sql for sql, values in conditions if values), [value for _, values in conditions for value in values]


def _run_on_postgresql(
    cursor: Any, match_expression: str, parts: Mapping[str, object], parameters: Sequence[Any]
) -> None:
    """Runs the query and leaves the rows in `cursor`. Clears the setting afterwards, so the transaction can go on."""
    cursor.execute(_SET_TERMS_SQL, [match_expression])
    cursor.execute(_POSTGRESQL_SQL.format(**parts), [parameters[0], *parameters])  # the user's id comes twice
    with connection.cursor() as settings_cursor:
        settings_cursor.execute(_CLEAR_TERMS_SQL)


def _run_on_sqlite(cursor: Any, match_expression: str, parts: Mapping[str, object], parameters: Sequence[Any]) -> None:
    cursor.execute(_SQLITE_SQL.format(**parts), [match_expression, *parameters])


RUNNERS = {"postgresql": _run_on_postgresql, "sqlite": _run_on_sqlite}
