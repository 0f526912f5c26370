"""`script/bench search [DOCUMENTS]`: what the wall around the words costs a search, and how much room it takes.

The same question of the same documents, in turn: behind row-level security, as `memory.search.search_hits` asks it, and
without any, of a table with an index of its words, as it was before. Documents are made by SQL: forty words of a
vocabulary in which few are common, with labels as `memory.rules.search_documents` writes them.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from events.isolation.row_security import acting_for
from events.store import event_compression
from memory.search import backward_scan, document_index, query_parser
from memory.search.query_parser import Question
from memory.search.ranking import Found
from script.benchmarks import stand
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Documents of the user who asks, and how often each question is asked."""

    documents: int
    asked: int


FULL, SMOKE = Size(documents=1_000_000, asked=20), Size(documents=2_000, asked=3)
BATCH = 20_000
RARE = 5_000  # documents in which there is one rare word
QUESTIONS = {
    "two words": "total refund",
    "common + rare": "total zebra",
    "one common word": "total",
    "a filter and a word": "type:edit total",
}

_WORDS = "(SELECT string_agg('w' || floor(4000 * power(random(), 3))::int, ' ') FROM generate_series(1, 40 + n * 0))"
_FILL = f"""
INSERT INTO memory_document (user_id, seq, session_id, at_us, type, project_key, repo_key, words)
SELECT %(user)s, n, 's' || n / 200, n * 1000000::bigint, type, 7, 0,
    'type=' || type || ' project=/home/dev/shop project=shop tool=Edit failed=no'
    || CASE WHEN n %% 2 = 0 THEN ' total' ELSE '' END || CASE WHEN n %% 3 = 0 THEN ' refund' ELSE '' END
    || CASE WHEN n %% {RARE} = 0 THEN ' zebra' ELSE '' END || ' | ' || {_WORDS}
FROM (
    SELECT n, (ARRAY['prompt', 'edit', 'command', 'read'])[1 + n %% 4] AS type
    FROM generate_series(%(first)s, %(last)s) AS n
) AS made
"""
_TERMS = "array_to_tsvector(string_to_array(ltrim(replace(' ' || words, ' ', ' ' || left(user_id::text, 8))), ' '))"
_PLAIN = f"""
SELECT seq, at_us, type, words FROM plain_document
WHERE user_id = %s AND {_TERMS} @@ %s::tsquery AND seq <= %s ORDER BY seq DESC LIMIT {document_index.CANDIDATES}"""


def main(size: Size) -> None:
    user_id = make_user().id
    fill(user_id, size.documents)
    # Who is behind no wall.
    server = os.environ["MEMFOG_TEST_POSTGRES"]
    with psycopg.connect(server, dbname=connection.settings_dict["NAME"], autocommit=True) as superuser:
        make_plain(superuser)
        report(superuser, user_id, size)


def fill(user_id: UUID, count: int) -> None:
    for first in range(1, count + 1, BATCH):
        with acting_for(user_id), connection.cursor() as cursor:
            cursor.execute("SELECT setseed(0.5)")
            cursor.execute(_FILL, {"user": user_id, "first": first, "last": min(first + BATCH - 1, count)})


def make_plain(superuser: "psycopg.Connection[Any]") -> None:
    """The table as it was: the words and their index, and no policy."""
    superuser.execute("CREATE TABLE plain_document (LIKE memory_document INCLUDING ALL)")
    superuser.execute("INSERT INTO plain_document SELECT * FROM memory_document")
    superuser.execute(f"CREATE INDEX ON plain_document USING gin (({_TERMS}))".encode())
    superuser.execute("VACUUM ANALYZE")


def report(superuser: "psycopg.Connection[Any]", user_id: UUID, size: Size) -> None:
    stand.say(f"ms of {size.documents:,} documents", "before, after", "processor: before, after", "ratio")
    for name, words in QUESTIONS.items():
        asked = query_parser.read(words)
        before, after = compare(plain(superuser, user_id, asked, size), walled(user_id, asked, size), superuser, size)
        stand.say(name, before[0], after[0], before[1], after[1], after[0] / before[0])
    sizes = (superuser.execute("SELECT pg_total_relation_size(%s)", [table]).fetchone() for table in TABLES)
    plain_bytes, documents, terms = (row[0] / 1e6 for row in sizes if row)
    stand.say("MB on disk", plain_bytes, documents + terms)


TABLES = ("plain_document", "memory_document", "memory_terms")
Ask = Callable[[], list[int]]


def plain(superuser: "psycopg.Connection[Any]", user_id: UUID, asked: Question, size: Size) -> Ask:
    sought = document_index.VENDORS["postgresql"].asked(
        str(user_id).replace("-", "")[: document_index.WHOSE], asked, wide=False
    )

    def ask() -> list[int]:
        # As the server asks: who it is for, then the question, in one transaction.
        with superuser.transaction():
            superuser.execute("SELECT set_config('memfog.users', %s, true)", [str(user_id)])
            rows = superuser.execute(_PLAIN.encode(), [user_id, sought, size.documents]).fetchall()
        return [Found(seq, at_us, type_, event_compression.plain(words)).seq for seq, at_us, type_, words in rows]

    return ask


def walled(user_id: UUID, asked: Question, size: Size) -> Ask:
    """As a search asks: common words by going back from the newest, the others of the index."""

    def ask() -> list[int]:
        found = backward_scan.find(user_id, asked, newest=size.documents, wide=False)
        if found is None:
            found = document_index.find(user_id, asked, newest=size.documents, wide=False)
        return [one.seq for one in found]

    return ask


Figures = tuple[float, float]  # milliseconds at the median: of the clock, and of the database's processor


def compare(plain: Ask, walled: Ask, superuser: "psycopg.Connection[Any]", size: Size) -> tuple[Figures, Figures]:
    """Both in turn. They find the same."""
    backends: Mapping[Ask, int] = {plain: superuser.info.backend_pid, walled: connection.connection.info.backend_pid}
    took: dict[Ask, list[float]] = {plain: [], walled: []}
    used = dict.fromkeys(took, 0.0)
    assert plain() == sorted(walled(), reverse=True)
    for _ in range(size.asked):
        for ask, backend in backends.items():
            ticks, began = stand.ticks(backend), time.perf_counter()
            ask()
            took[ask].append((time.perf_counter() - began) * 1_000)
            used[ask] += stand.ticks(backend) - ticks
    before, after = ((stand.median(took[ask]), used[ask] / size.asked * 1_000) for ask in (plain, walled))
    return before, after
