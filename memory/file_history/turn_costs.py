"""Loads what turns cost, and the share of each change in it.

A turn reaches from its prompt to the next one; the report of a background task starts none. The first turn of a session
has also what came before it. The cost of a turn is that of the answers of the model in this time, by the prices of now:
the turns of a session add up to its cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import connection

from memory.file_history.cost_shares import split_cost
from memory.models import Prompt
from memory.models.derived import PromptQuerySet
from memory.rules.changes.path_changes import COMMITTED_KINDS
from memory.values.host_markup import is_by_person

ChangeKey = tuple[int, int]  # number of the event, and the number of the change in it


@dataclass(frozen=True, slots=True)
class TurnCost:
    """The cost of a turn's priced answers, the number of the others, and the share of each change of the turn."""

    cost_microdollars: int
    unpriced_answers: int
    answers: int
    shares: dict[ChangeKey, int] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        return self.answers > self.unpriced_answers


NO_COST = TurnCost(0, 0, 0)


class OfTurn(Protocol):
    """A change with the number of the prompt of its turn."""

    @property
    def prompt_seq(self) -> int | None: ...


FIRST_US, LAST_US = -(2**62), 2**62  # before and after all events
# The turns are read once, and before all else. Of two prompts at the same time the first has an empty turn.
_TURNS_SQL = f"""
WITH turn AS MATERIALIZED (
    SELECT prompt.seq, prompt.session_id, CASE WHEN EXISTS (
        SELECT 1 FROM memory_prompt AS earlier
        WHERE earlier.user_id = prompt.user_id AND earlier.session_id = prompt.session_id
        AND earlier.at_us <= prompt.at_us AND (earlier.at_us < prompt.at_us OR earlier.seq < prompt.seq)
        AND earlier.seq NOT IN ({{reports}})
    ) THEN prompt.at_us ELSE {FIRST_US} END AS at_us, COALESCE((
        SELECT later.at_us FROM memory_prompt AS later
        WHERE later.user_id = prompt.user_id AND later.session_id = prompt.session_id
        AND later.at_us >= prompt.at_us AND (later.at_us > prompt.at_us OR later.seq > prompt.seq)
        AND later.seq NOT IN ({{reports}}) ORDER BY later.at_us, later.seq LIMIT 1
    ), {LAST_US}) AS end_us FROM memory_prompt AS prompt WHERE prompt.user_id = %s AND prompt.seq IN ({{seqs}})
)"""
# No join: PostgreSQL would compare all turns of a long session with all of its answers. One text holds the three sums.
_COSTS_SQL = f"""{_TURNS_SQL}
SELECT turn.seq, (
    SELECT COUNT(*) || ',' || COUNT(cost_microdollars) || ',' || COALESCE(SUM(cost_microdollars), 0)
    FROM memory_tokenusage AS answer WHERE answer.user_id = %s AND answer.session_id = turn.session_id
    AND answer.is_counted AND answer.at_us >= turn.at_us AND answer.at_us < turn.end_us
) FROM turn"""
# What only a commit names is no work of its turn.
_WEIGHTS_SQL = """
WITH turn AS MATERIALIZED (SELECT seq, session_id FROM memory_prompt WHERE user_id = %s AND seq IN ({seqs}))
SELECT work.prompt_seq, work.seq, work.ordinal, work.added + work.removed
FROM turn CROSS JOIN memory_filechange AS work WHERE work.user_id = %s AND work.session_id = turn.session_id
AND work.prompt_seq = turn.seq AND work.kind NOT IN ({kinds}) ORDER BY work.seq, work.ordinal"""


def load_turn_costs(user_id: UUID, changes: Iterable[OfTurn]) -> dict[int, TurnCost]:
    """Loads the costs of the turns of these changes, by the number of their prompt. Needs `acting_for` the user."""
    prompt_seqs = sorted({change.prompt_seq for change in changes if change.prompt_seq is not None})
    if not prompt_seqs:
        return {}
    prompts = Prompt.objects.for_user(user_id)
    of_turns = prompts.filter(session_id__in=prompts.filter(seq__in=prompt_seqs).values("session_id"))
    turns = _Turns(user_id, prompt_seqs, list_reports(of_turns))
    weights: dict[int, dict[ChangeKey, int]] = defaultdict(dict)
    for prompt_seq, seq, ordinal, lines in turns.fetch(_WEIGHTS_SQL, *COMMITTED_KINDS):
        weights[prompt_seq][seq, ordinal] = lines
    sums_by_turn = {seq: map(int, sums.split(",")) for seq, sums in turns.fetch(_COSTS_SQL)}
    return {seq: _build_turn_cost(weights[seq], *sums) for seq, sums in sums_by_turn.items()}


def _build_turn_cost(weights: dict[ChangeKey, int], answers: int, priced: int, cost: int) -> TurnCost:
    shares = split_cost(cost, list(weights.values())) if weights else []
    return TurnCost(cost, answers - priced, answers, dict(zip(weights, shares, strict=True)))


def list_reports(prompts: PromptQuerySet) -> list[int]:
    """Lists the numbers of those prompts that start no turn: reports of background tasks."""
    rows = prompts.filter(by_person=False).order_by().values_list("seq", "text")
    return [seq for seq, text in rows if not is_by_person(text)]


class _Turns(NamedTuple):
    """The turns that a statement reads, by their prompts; `reports` are prompts that start none."""

    user_id: UUID
    prompt_seqs: Sequence[int]
    reports: Sequence[int]

    def fetch(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        seqs, kinds = (", ".join(["%s"] * count) for count in (len(self.prompt_seqs), len(COMMITTED_KINDS)))
        text = statement.format(seqs=seqs, kinds=kinds, reports=join_numbers(self.reports))
        with connection.cursor() as cursor:
            cursor.execute(text, [self.user_id, *self.prompt_seqs, self.user_id, *parameters])
            return list(cursor.fetchall())


def join_numbers(numbers: Iterable[int]) -> str:
    """Joins numbers of events for a list of SQL, which has at least one: no event has the number 0."""
    return ", ".join(map(str, (0, *numbers)))
