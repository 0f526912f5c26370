"""`script/bench search [DOCUMENTS]`: measures what a search finds, and its time and disk space.

First recall@10 over the questions of `tests.memory.search.question_set` on SQLite and on PostgreSQL, before stems,
synonyms and typing errors were searched, and now. Then the cost of row-level security: runs the same query in turn with
it, as `memory.search.search_hits` does, and without it on a table with an index of its terms, the earlier design. Last
whole searches, by what they ask of the index. SQL makes the documents: forty words of a vocabulary in which few words
are common, with labels as in `memory.rules.search_documents`.
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from events.isolation.row_security import acting_for
from events.store import event_compression
from memory.search import candidates, document_index, index_query, query_parser, ranking
from memory.search.query_parser import SearchQuery
from memory.search.ranking import FoundDocument
from script.benchmarks.recall import question_recall
from script.benchmarks.shared import harness
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """The number of the user's documents, and of repetitions per query."""

    documents: int
    repeats: int


# Recall@10 of the search before, which was the same on both databases.
EARLIER_RECALL = {"tuned": 0.85, "held_out": 0.77}
WHOLE_SEARCHES = {
    "a synonym": "authentication total",
    "four words": "total refund zebra w12",
    "four common words": "total refund w12 w100",
    "a sentence": "why does the refund of w3900 zebra fail",
    "a path": "src/total/page.tsx",
    "a wrong letter": "zebrq",
    "a wrong letter of a common word": "totl refund",
    "a word that nothing has": "qqqqxxyzz",
}
FULL, SMOKE = Size(documents=1_000_000, repeats=20), Size(documents=2_000, repeats=3)
FILL_BATCH_SIZE = 20_000
RARE_WORD_INTERVAL = 5_000  # one document in this many contains the rare word
QUESTIONS = {
    "two words": "total refund",
    "common + rare": "total zebra",
    "one common word": "total",
    "a filter and a word": "type:edit total",
}

_WORDS_SQL = (
    "(SELECT string_agg('w' || floor(4000 * power(random(), 3))::int, ' ') FROM generate_series(1, 40 + n * 0))"
)
_TERMS_SQL = "array_to_tsvector(string_to_array(ltrim(replace(' ' || terms, ' ', ' ' || left(user_id::text, 8))), ' '))"
_COLUMNS = "user_id, seq, at_us, session_id, project_key, repo_key"
# Documents and the index of their words, as `memory.projection.bulk_insert.insert_documents` writes them.
_FILL_SQL = f"""
WITH added AS (
INSERT INTO memory_searchdocument (user_id, seq, session_id, at_us, type, project_key, repo_key, terms)
SELECT %(user)s, n, 's' || n / 200, n * 1000000::bigint, type, 7, 0,
    'type=' || type || ' project=/home/dev/shop project=shop tool=Edit failed=no'
    || CASE WHEN n %% 2 = 0 THEN ' total' ELSE '' END || CASE WHEN n %% 3 = 0 THEN ' refund' ELSE '' END
    || CASE WHEN n %% {RARE_WORD_INTERVAL} = 0 THEN ' zebra' ELSE '' END || ' | ' || {_WORDS_SQL}
FROM (
    SELECT n, (ARRAY['prompt', 'edit', 'command', 'read'])[1 + n %% 4] AS type
    FROM generate_series(%(first)s, %(last)s) AS n
) AS made RETURNING id, {_COLUMNS}, terms
)
INSERT INTO memory_terms (document_id, {_COLUMNS}, terms) SELECT id, {_COLUMNS}, {_TERMS_SQL} FROM added
"""
_PLAIN_SEARCH_SQL = f"""
SELECT seq, at_us, type, terms FROM plain_document
WHERE user_id = %s AND {_TERMS_SQL} @@ %s::tsquery AND seq <= %s
ORDER BY seq DESC LIMIT {document_index.MAX_CANDIDATES}"""


def main(size: Size) -> None:
    report_recall()
    user_id = make_user().id
    fill_documents(user_id, size.documents)
    # A superuser, to whom row-level security does not apply.
    server = os.environ["MEMFOG_TEST_POSTGRES"]
    with psycopg.connect(server, dbname=connection.settings_dict["NAME"], autocommit=True) as superuser:
        make_plain_table(superuser)
        report(superuser, user_id, size)
    report_whole_searches(user_id, size)


def report_recall() -> None:
    on_sqlite, on_postgresql = question_recall.measure_on_sqlite(), question_recall.measure_here()
    harness.print_row("recall@10", "SQLite: before, now", "PostgreSQL: before, now")
    for name, earlier in EARLIER_RECALL.items():
        now = (statistics.mean(recall[name].values()) for recall in (on_sqlite, on_postgresql))
        harness.print_row(f"recall@10, {name}", *(figure for mean in now for figure in (earlier, mean)))


def report_whole_searches(user_id: UUID, size: Size) -> None:
    harness.print_row("a whole search, ms", "median, p95")
    for name, words in WHOLE_SEARCHES.items():
        question = query_parser.parse_query(words)
        latencies = [time_search(user_id, question, size.documents) for _ in range(size.repeats)]
        harness.print_row(name, harness.median(latencies), harness.percentile(latencies, 95))


def time_search(user_id: UUID, question: SearchQuery, max_seq: int) -> float:
    """Returns the milliseconds until the documents are found and ranked."""
    started = time.perf_counter()
    found = candidates.find_candidates(user_id, question, max_seq)
    ranking.rank_documents(found.documents, found.search_query)
    return (time.perf_counter() - started) * 1_000


def fill_documents(user_id: UUID, count: int) -> None:
    for first in range(1, count + 1, FILL_BATCH_SIZE):
        with acting_for(user_id), connection.cursor() as cursor:
            cursor.execute("SELECT setseed(0.5)")
            cursor.execute(
                _FILL_SQL, {"user": user_id, "first": first, "last": min(first + FILL_BATCH_SIZE - 1, count)}
            )


def make_plain_table(superuser: "psycopg.Connection[Any]") -> None:
    """Creates the table of the earlier design: the terms and their index, without a policy."""
    superuser.execute("CREATE TABLE plain_document (LIKE memory_searchdocument INCLUDING ALL)")
    superuser.execute("INSERT INTO plain_document SELECT * FROM memory_searchdocument")
    superuser.execute(f"CREATE INDEX ON plain_document USING gin (({_TERMS_SQL}))".encode())
    superuser.execute("VACUUM ANALYZE")


def report(superuser: "psycopg.Connection[Any]", user_id: UUID, size: Size) -> None:
    harness.print_row(f"ms of {size.documents:,} documents", "before, after", "processor: before, after", "ratio")
    for name, words in QUESTIONS.items():
        question = query_parser.parse_query(words)
        before, after = compare(
            make_plain_search(superuser, user_id, question, size),
            make_secured_search(user_id, question, size),
            superuser,
            size,
        )
        harness.print_row(name, before[0], after[0], before[1], after[1], after[0] / before[0])
    sizes = (superuser.execute("SELECT pg_total_relation_size(%s)", [table]).fetchone() for table in TABLES)
    plain_bytes, documents, terms = (row[0] / 1e6 for row in sizes if row)
    harness.print_row("MB on disk", plain_bytes, documents + terms)


TABLES = ("plain_document", "memory_searchdocument", "memory_terms")
SearchFunction = Callable[[], list[int]]


def make_plain_search(
    superuser: "psycopg.Connection[Any]", user_id: UUID, question: SearchQuery, size: Size
) -> SearchFunction:
    term_query = index_query.SYNTAXES["postgresql"].format_query(
        str(user_id).replace("-", "")[: document_index.USER_PREFIX_CHARS],
        index_query.make_index_query(question.labels, question.terms, len(question.terms)),
    )

    def ask() -> list[int]:
        # The same two statements as the server's, in one transaction: the user, then the query.
        with superuser.transaction():
            superuser.execute("SELECT set_config('memfog.users', %s, true)", [str(user_id)])
            rows = superuser.execute(_PLAIN_SEARCH_SQL.encode(), [user_id, term_query, size.documents]).fetchall()
        return [
            FoundDocument(seq, at_us, type_, event_compression.to_text(words)).seq for seq, at_us, type_, words in rows
        ]

    return ask


def make_secured_search(user_id: UUID, question: SearchQuery, size: Size) -> SearchFunction:
    """Makes a search like the server's, in the way that is fastest for its words."""

    def ask() -> list[int]:
        searched = candidates.SearchedLog(user_id, size.documents)
        return [one.seq for one in searched.find_newest(question, len(question.terms)).documents]

    return ask


Figures = tuple[float, float]  # milliseconds: the median of wall time, and the mean of the database's processor time


def compare(
    plain_search: SearchFunction, secured_search: SearchFunction, superuser: "psycopg.Connection[Any]", size: Size
) -> tuple[Figures, Figures]:
    """Measures both searches in turn. They must find the same documents."""
    backends: Mapping[SearchFunction, int] = {
        plain_search: superuser.info.backend_pid,
        secured_search: connection.connection.info.backend_pid,
    }
    latencies: dict[SearchFunction, list[float]] = {plain_search: [], secured_search: []}
    processor_used = dict.fromkeys(latencies, 0.0)
    assert plain_search() == sorted(secured_search(), reverse=True)
    for _ in range(size.repeats):
        for ask, backend in backends.items():
            ticks, started = harness.processor_seconds(backend), time.perf_counter()
            ask()
            latencies[ask].append((time.perf_counter() - started) * 1_000)
            processor_used[ask] += harness.processor_seconds(backend) - ticks
    before, after = (
        (harness.median(latencies[ask]), processor_used[ask] / size.repeats * 1_000)
        for ask in (plain_search, secured_search)
    )
    return before, after
