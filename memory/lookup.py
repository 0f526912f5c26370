"""How documents are found on each database, by the words they hold.

No row-level security stands before these rows: PostgreSQL would then read all of a user's documents instead of the
index (measured elsewhere: eighteen times slower). Every word in the index begins with its user instead, and every row
is asked for its user besides.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, models

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
        SELECT id, user_id, seq, at_us FROM memory_document
        WHERE array_to_tsvector(string_to_array(ltrim(replace(' ' || words, ' ', ' ' || left(user_id::text, 8))), ' '))
            @@ %s::tsquery OFFSET 0
    ) AS fitting WHERE user_id = %s AND seq <= %s {times} ORDER BY seq DESC LIMIT {limit}
))"""
_SQLITE = """
SELECT seq, at_us, type, memory_document.words FROM memory_words
JOIN memory_document ON memory_document.id = memory_words.rowid
WHERE memory_words MATCH %s AND user_id = %s AND seq <= %s {times} ORDER BY memory_words.rowid DESC LIMIT {limit}"""
_NEWEST = "SELECT seq, at_us, type, words FROM memory_document WHERE {rest} {times} ORDER BY seq DESC LIMIT {limit}"


def find(user_id: UUID, question: Question, *, newest: int, wide: bool) -> list[Found]:
    """The newest documents up to the event of this number that hold all of the words; if `wide`, any of them."""
    whose = models.UUIDField().get_db_prep_value(user_id, connection)
    within, bounds = times(question)
    query = VENDORS[connection.vendor]
    asked = query.asked(str(user_id).replace("-", "")[:WHOSE], question, wide)
    with connection.cursor() as cursor:
        if asked:
            cursor.execute(query.sql.format(times=within, limit=CANDIDATES), [asked, whose, newest, *bounds])
        else:
            sql = _NEWEST.format(rest="user_id = %s AND seq <= %s", times=within, limit=CANDIDATES)
            cursor.execute(sql, [whose, newest, *bounds])
        return [Found(*row) for row in cursor.fetchall()]


def times(question: Question) -> tuple[str, list[int]]:
    """Conditions on when it happened, and their values."""
    bounds = [(">=", question.since_us), ("<", question.until_us)]
    given = [(sign, value) for sign, value in bounds if value is not None]
    return "".join(f" AND at_us {sign} %s" for sign, _ in given), [value for _, value in given]


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
