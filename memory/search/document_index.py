"""How documents are found on each database, by the words they hold.

On PostgreSQL documents and their words stand behind row-level security, which lets no question of words reach an index
before it has looked at each row. So the question is part of the policy of `memory_terms` (see the migration): it is
told by a setting of the transaction, and a role that named no user, or sought nothing, sees no row. Every word in the
index begins with its user besides.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for
from events.store import event_compression
from memory.rules.search_documents import key
from memory.search.query_parser import Question
from memory.search.ranking import Found

CANDIDATES = 1_000  # the newest that fit are ranked
WHOSE = 8  # characters of the user before each word in the index: see the migration

# The policy of `memory_terms` holds the question, and so does each row that it lets through. The outer query looks each
# of them up: joined, all were read.
_POSTGRESQL = """
SELECT seq, at_us, type, words FROM memory_document WHERE id = ANY (ARRAY (
    SELECT document_id FROM memory_terms WHERE user_id = %s AND seq <= %s {rest} ORDER BY seq DESC LIMIT {limit}
))"""
# Of all plans only the index's is quick, and a planner that knows too little of a growing table takes another.
_SEEK = "SELECT set_config('memfog.sought', %s, true), set_config('enable_seqscan', 'off', true)"
_SOUGHT = "SELECT set_config('memfog.sought', '', true), set_config('enable_seqscan', 'on', true)"
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
    with acting_for(user_id), connection.cursor() as cursor:
        if asked:
            query.run(cursor, asked, more, [user_id, newest, *bounds])
        else:
            cursor.execute(_NEWEST.format(rest=more, limit=CANDIDATES), [user_id, newest, *bounds])
        return [
            Found(seq, at_us, type_, event_compression.plain(words)) for seq, at_us, type_, words in cursor.fetchall()
        ]


def rest(user_id: UUID, question: Question) -> tuple[str, list[Any]]:
    """Conditions besides the words, and their values. A project is also among the words, but cut where it is long."""
    given: list[tuple[str, list[Any]]] = [
        (" AND at_us >= %s", [question.since_us] * (question.since_us is not None)),
        (" AND at_us < %s", [question.until_us] * (question.until_us is not None)),
        (" AND (project_key = %s OR repo_key = %s)", [key(question.project)] * 2 if question.project else []),
        (_ON_MACHINE, [user_id, question.machine] if question.machine else []),
    ]
    return "".join(sql for sql, values in given if values), [value for _, values in given for value in values]


def run_on_postgresql(cursor: Any, asked: str, more: str, given: Sequence[Any]) -> None:
    """Leaves the rows with the cursor. What was sought is sought no longer; the transaction may go on."""
    cursor.execute(_SEEK, [asked])
    cursor.execute(_POSTGRESQL.format(rest=more, limit=CANDIDATES), given)
    with connection.cursor() as another:
        another.execute(_SOUGHT)


def run_on_sqlite(cursor: Any, asked: str, more: str, given: Sequence[Any]) -> None:
    cursor.execute(_SQLITE.format(rest=more, limit=CANDIDATES), [asked, *given])


Run = Callable[[Any, str, str, Sequence[Any]], None]


class _Query:
    """How one database is asked: its `run`, `and_`, `or_`, and a word, open or not."""

    def __init__(self, run: Run, and_: str, or_: str, word: Callable[[str, bool], str]) -> None:
        self.run, self.and_, self.or_, self.word = run, and_, or_, word

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
    "postgresql": _Query(run_on_postgresql, " & ", " | ", _lexeme),
    "sqlite": _Query(run_on_sqlite, " AND ", " OR ", _phrase),
}
