"""Common words on PostgreSQL: a thousand documents that hold them are soon found by going back from the newest, while
the index names each of half a million first. SQLite's names the newest first, and stops when there are enough.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for
from memory.search.document_index import CANDIDATES, rest
from memory.search.query_parser import Question
from memory.search.ranking import Found
from memory.values.text_analyzer import Sought

FARTHEST = 40_000  # events to go back
# Whether that is worth while is told by the documents of a few, at places spread over all of them.
PLACES, AT_EACH = 12, 50
LEAST = CANDIDATES * PLACES * AT_EACH // FARTHEST

# Between numbers that are given, since row-level security lets nothing that is computed from columns reach an index. In
# order and between two numbers: that holds a planner which knows too little of a growing table to the one index.
_FITTING = """
SELECT count(*) FROM unnest(%s::bigint[], %s::bigint[]) AS place (low, high) CROSS JOIN LATERAL (
    SELECT at_us, words, session_id, project_key, repo_key FROM memory_document
    WHERE user_id = %s AND seq > low AND seq <= high
    ORDER BY seq DESC LIMIT {each}
) AS few WHERE {fits} {rest}"""
_NEWEST = """
SELECT seq, at_us, type, words FROM memory_document WHERE user_id = %s AND seq > %s AND seq <= %s AND {fits} {rest}
ORDER BY seq DESC LIMIT {limit}"""
_HOLDS = "strpos(' ' || words || ' ', %s) > 0"


def find(user_id: UUID, question: Question, *, newest: int, wide: bool) -> list[Found] | None:
    """The same as `document_index.find`, the newest first; None where that is to be asked: the words are not common."""
    if connection.vendor != "postgresql" or not (question.labels or question.sought):
        return None
    if _fitting(user_id, question, newest, wide) < LEAST:
        return None
    found = among(FARTHEST, user_id, question, newest, wide)
    return found if len(found) == CANDIDATES else None


def among(events: int, user_id: UUID, question: Question, newest: int, wide: bool) -> list[Found]:
    """Of the documents of so many of the newest events those that fit."""
    return [Found(*row) for row in _asked(user_id, _NEWEST, [user_id, newest - events, newest], question, wide)]


def _fitting(user_id: UUID, question: Question, newest: int, wide: bool) -> int:
    """How many fit of the documents of a few events."""
    places = [newest - newest * at // PLACES for at in range(PLACES)]
    given = [[place - AT_EACH for place in places], places, user_id]
    return int(_asked(user_id, _FITTING, given, question, wide)[0][0])


def _asked(user_id: UUID, sql: str, given: list[Any], question: Question, wide: bool) -> list[tuple[Any, ...]]:
    fits, sought = _fits(question, wide)
    more, bounds = rest(user_id, question)
    with acting_for(user_id), connection.cursor() as cursor:
        cursor.execute(sql.format(fits=fits, rest=more, each=AT_EACH, limit=CANDIDATES), [*given, *sought, *bounds])
        return list(cursor.fetchall())


def _fits(question: Question, wide: bool) -> tuple[str, list[str]]:
    """What the index is asked, as conditions on the words between spaces."""
    labels = [f" {name} " for name in question.labels]
    sought = [_within(part) for part in question.sought]
    either = [f"({(' OR ' if wide else ' AND ').join([_HOLDS] * len(sought))})"] if sought else []
    return " AND ".join([*[_HOLDS] * len(labels), *either]), labels + sought


def _within(part: Sought) -> str:
    return f" {part.word}" if part.open else f" {part.word} "
