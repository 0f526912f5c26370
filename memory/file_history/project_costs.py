"""Sums what the sessions of a project cost: their turns that changed files, and all else.

See docs/decisions/cost-by-change.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, Sum

from events.isolation.row_security import acting_for_user
from memory.file_history.file_lists import find_names
from memory.file_history.turn_costs import FIRST_US, LAST_US, join_numbers, list_reports
from memory.models import Prompt, Session
from memory.models.derived import SessionQuerySet
from memory.rules.changes.path_changes import COMMITTED_KINDS
from memory.values.page_filter import PageFilter


@dataclass(frozen=True, slots=True)
class ProjectCost:
    """The cost of the answers in a project; that of turns that changed files is None if there were too many to read."""

    unpriced_answers: int
    cost_microdollars: int
    changes_microdollars: int | None

    @property
    def is_known(self) -> bool:
        return self.cost_microdollars > 0

    @property
    def other_microdollars(self) -> int | None:
        """The cost of the turns that changed no file, and of sessions without a prompt."""
        changes = self.changes_microdollars
        return None if changes is None else self.cost_microdollars - changes


MAX_TURNS = 8_000  # of a project, whose cost is split

# The turns are those of `memory.file_history.turn_costs`. A session has only changes of its own project. What is asked
# of each turn is no join: PostgreSQL would read the changes and answers of all projects for it. Turns with changes that
# follow each other are one stretch, whose answers are summed at once.
_SESSIONS_SQL = """
WITH own AS MATERIALIZED (
    SELECT session_id FROM memory_session
    WHERE user_id = %s AND (project IN ({folders}) OR repo IN ({repositories})) {of_machine}
    AND last_us >= %s AND started_us < %s
)"""
_TOTAL_SQL = f"""{_SESSIONS_SQL}
SELECT COUNT(*) - COUNT(cost_microdollars), COALESCE(SUM(cost_microdollars), 0)
FROM own CROSS JOIN memory_tokenusage AS answer WHERE answer.user_id = %s AND answer.session_id = own.session_id
AND answer.is_counted AND answer.at_us >= %s AND answer.at_us < %s"""
_CHANGES_SQL = f"""{_SESSIONS_SQL}, turn AS (
    SELECT prompt.session_id, prompt.seq, COALESCE(LAG(prompt.at_us) OVER in_order, {FIRST_US}) AS before_us,
    prompt.at_us, COALESCE(LEAD(prompt.at_us) OVER in_order, {LAST_US}) AS end_us
    FROM own CROSS JOIN memory_prompt AS prompt
    WHERE prompt.user_id = %s AND prompt.session_id = own.session_id AND prompt.seq NOT IN ({{reports}})
    WINDOW in_order AS (PARTITION BY prompt.session_id ORDER BY prompt.at_us, prompt.seq)
), in_range AS (
    SELECT session_id, seq, CASE WHEN before_us = {FIRST_US} THEN {FIRST_US} ELSE at_us END AS at_us, end_us, (
        SELECT 1 FROM memory_filechange AS work WHERE work.user_id = %s AND work.session_id = turn.session_id
        AND work.prompt_seq = turn.seq AND work.kind NOT IN ({{kinds}}) LIMIT 1
    ) IS NOT NULL AS is_work
    FROM turn WHERE end_us > %s AND at_us < %s
), numbered AS (
    SELECT session_id, at_us, end_us, is_work,
    ROW_NUMBER() OVER (PARTITION BY session_id ORDER BY at_us, seq)
    - ROW_NUMBER() OVER (PARTITION BY session_id, is_work ORDER BY at_us, seq) AS stretch
    FROM in_range
), wanted AS MATERIALIZED (
    SELECT session_id, MIN(at_us) AS at_us, MAX(end_us) AS end_us
    FROM numbered WHERE is_work GROUP BY session_id, stretch
)
SELECT COALESCE(SUM((
    SELECT SUM(cost_microdollars) FROM memory_tokenusage AS answer
    WHERE answer.user_id = %s AND answer.session_id = wanted.session_id AND answer.is_counted
    AND answer.at_us >= wanted.at_us AND answer.at_us < wanted.end_us AND answer.at_us >= %s AND answer.at_us < %s
)), 0) FROM wanted"""


@acting_for_user
def load_project_cost(user_id: UUID, page_filter: PageFilter) -> ProjectCost:
    """Loads the cost of the filter's project in its time. Call `file_lists.list_files` first: it projects the log.

    With more than `MAX_TURNS` turns only the total is loaded.
    """
    folders, repositories = find_names(user_id, page_filter)
    machine = [page_filter.machine] if page_filter.machine else []
    times = [_or(page_filter.since_us, FIRST_US), _or(page_filter.until_us, LAST_US)]
    sessions = Session.objects.for_user(user_id).filter(
        Q(project__in=folders) | Q(repo__in=repositories), last_us__gte=times[0], started_us__lt=times[1]
    )
    sessions = sessions.filter(machine=page_filter.machine) if machine else sessions
    prompts = Prompt.objects.for_user(user_id).filter(session_id__in=sessions.values("session_id"))
    own = [user_id, *folders, *repositories, *machine, *times]
    names = {
        "folders": _list_marks(folders),
        "repositories": _list_marks(repositories),
        "of_machine": "AND machine = %s" if machine else "",
    }
    unpriced, cost = _sum_sessions(sessions)
    if (page_filter.since_us, page_filter.until_us) != (None, None):
        unpriced, cost = _fetch_one(_TOTAL_SQL.format(**names), [*own, user_id, *times])
    if prompts.order_by()[: MAX_TURNS + 1].count() > MAX_TURNS:
        return ProjectCost(unpriced, cost, None)
    statement = _CHANGES_SQL.format(
        **names, kinds=_list_marks(COMMITTED_KINDS), reports=join_numbers(list_reports(prompts))
    )
    (changes,) = _fetch_one(statement, [*own, user_id, user_id, *COMMITTED_KINDS, *times, user_id, *times])
    return ProjectCost(unpriced, cost, changes)


def _sum_sessions(sessions: SessionQuerySet) -> tuple[int, ...]:
    """Sums the answers without a price, and the cost of sessions."""
    columns = ("unpriced_answers", "cost_microdollars")
    sums = sessions.aggregate(**{f"sum_{name}": Sum(name, default=0) for name in columns})
    return tuple(int(sums[f"sum_{name}"]) for name in columns)


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _list_marks(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _fetch_one(statement: str, parameters: Sequence[Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return tuple(map(int, cursor.fetchone()))
