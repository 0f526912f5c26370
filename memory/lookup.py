"""How documents are found on each database, by the words they hold.

No row-level security stands before these rows: PostgreSQL would then read all of a user's documents instead of the
index (measured elsewhere: eighteen times slower). Every word in the index begins with its user instead, and every row
is asked for its user besides.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

from django.db import connection

from events import packing
from events.isolation import acting_for
from memory.documents import key
from memory.question import Question
from memory.ranking import Found

CANDIDATES = 1_000  # the newest that fit are ranked
PAGES, BREATH = 200, 0.05  # of the index written anew at a time, and seconds between
WHOSE = 8  # characters of the user before each word in the index: see the migration

# The inner query asks for the words alone, which name the user: given the user as well, a planner that knows too little
# of a growing table goes through all of the user's rows. The outer one looks each of them up: joined, all were read.
_POSTGRESQL = """
SELECT seq, at_us, type, words FROM memory_document WHERE id = ANY (ARRAY (
    SELECT id FROM (
        SELECT id, user_id, seq, at_us, session_id, project_key, repo_key FROM memory_document
        WHERE array_to_tsvector(string_to_array(ltrim(replace(' ' || words, ' ', ' ' || left(user_id::text, 8))), ' '))
            @@ %s::tsquery OFFSET 0
    ) AS fitting WHERE user_id = %s AND seq <= %s {rest} ORDER BY seq DESC LIMIT {limit}
))"""
_SQLITE = """
SELECT seq, at_us, type, memory_document.words FROM memory_words
JOIN memory_document ON memory_document.id = memory_words.rowid
WHERE memory_words MATCH %s AND user_id = %s AND seq <= %s {rest} ORDER BY memory_words.rowid DESC LIMIT {limit}"""
_NEWEST = """
SELECT seq, at_us, type, words FROM memory_document
WHERE user_id = %s AND seq <= %s {rest} ORDER BY seq DESC LIMIT {limit}"""
_ON_MACHINE = " AND session_id IN (SELECT session_id FROM memory_session WHERE user_id = %s AND machine = %s)"


def find(user_id: UUID, question: Question, *, newest: int, wide: bool) -> list[Found]:
    """The newest documents up to the event of this number that hold all of the words; if `wide`, any of them."""
    more, bounds = rest(user_id, question)
    query = VENDORS[connection.vendor]
    asked = query.asked(str(user_id).replace("-", "")[:WHOSE], question, wide)
    with reaching(user_id, question), connection.cursor() as cursor:
        sql = (query.sql if asked else _NEWEST).format(rest=more, limit=CANDIDATES)
        cursor.execute(sql, [*([asked] if asked else []), user_id, newest, *bounds])
        return [Found(seq, at_us, type_, packing.plain(words)) for seq, at_us, type_, words in cursor.fetchall()]


def rest(user_id: UUID, question: Question) -> tuple[str, list[Any]]:
    """Conditions besides the words, and their values. A project is also among the words, but cut where it is long."""
    given: list[tuple[str, list[Any]]] = [
        (" AND at_us >= %s", [question.since_us] * (question.since_us is not None)),
        (" AND at_us < %s", [question.until_us] * (question.until_us is not None)),
        (" AND (project_key = %s OR repo_key = %s)", [key(question.project)] * 2 if question.project else []),
        (_ON_MACHINE, [user_id, question.machine] if question.machine else []),
    ]
    return "".join(sql for sql, values in given if values), [value for _, values in given for value in values]


def reaching(user_id: UUID, question: Question) -> AbstractContextManager[None]:
    """Within it all that is asked can be seen: sessions, by which a machine is told, stand behind the wall."""
    return acting_for(user_id) if question.machine else nullcontext()


def scrub() -> None:
    """After a deletion: SQLite's index only notes that words are gone, until it is written anew."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO memory_words (memory_words) VALUES ('optimize')")


def scrub_some(*, seconds: float) -> None:
    """The same for what retention took, in pieces: nobody asked for it to be gone at once, and others want to write."""
    until = time.monotonic() + seconds
    more = connection.vendor == "sqlite"
    while more and time.monotonic() < until:
        with connection.cursor() as cursor:
            before = _changes(cursor)
            cursor.execute("INSERT INTO memory_words (memory_words, rank) VALUES ('merge', %s)", [PAGES])
            # https://sqlite.org/fts5.html#the_merge_command: less than two is nothing left to do.
            more = _changes(cursor) - before >= 2
        time.sleep(BREATH)


def _changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])


class _Query:
    """How one database is asked: `and_`, `or_`, and a word, open or not."""

    def __init__(self, sql: str, and_: str, or_: str, word: Callable[[str, bool], str]) -> None:
        self.sql, self.and_, self.or_, self.word = sql, and_, or_, word

    def asked(self, whose: str, question: Question, wide: bool) -> str:
        labels = [self.word(whose + name, False) for name in question.labels]
        words = [self.word(whose + part.word, part.open) for part in question.sought]
        either = f"({self._joined(words, self.or_ if wide else self.and_)})" if words else ""
        return self._joined([part for part in (*labels, either) if part], self.and_)

    @staticmethod
    def _joined(parts: Sequence[str], by: str) -> str:
        return by.join(parts)


def _lexeme(word: str, is_open: bool) -> str:
    return "'{}'{}".format(word.replace("\\", "").replace("'", ""), ":*" if is_open else "")


def _phrase(word: str, is_open: bool) -> str:
    return '"{}"{}'.format(word.replace('"', ""), " *" if is_open else "")


VENDORS: dict[str, Any] = {
    "postgresql": _Query(_POSTGRESQL, " & ", " | ", _lexeme),
    "sqlite": _Query(_SQLITE, " AND ", " OR ", _phrase),
}
