"""Loads what turns cost, and the share of each change in it.

A turn reaches from its prompt to the next prompt of a person. Its cost is that of the answers of the model in this
time, by the prices of now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

from memory.file_history.cost_shares import split_cost
from memory.rules.changes.path_changes import COMMITTED_KINDS

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


LAST_US = 2**63 - 1
# A prompt of a program starts a turn until the next prompt of any kind. The turns are read once, and before all else.
_TURNS_SQL = f"""
WITH turn AS MATERIALIZED (
    SELECT prompt.seq, prompt.session_id, prompt.at_us, COALESCE((
        SELECT later.at_us FROM memory_prompt AS later
        WHERE later.user_id = prompt.user_id AND later.session_id = prompt.session_id
        AND later.at_us > prompt.at_us AND (later.by_person OR NOT prompt.by_person)
        ORDER BY later.at_us LIMIT 1
    ), {LAST_US}) AS end_us FROM memory_prompt AS prompt WHERE prompt.user_id = %s AND prompt.seq IN ({{seqs}})
)"""
_COSTS_SQL = f"""{_TURNS_SQL}
SELECT turn.seq, COUNT(*), COUNT(cost_microdollars), COALESCE(SUM(cost_microdollars), 0)
FROM turn CROSS JOIN memory_tokenusage AS answer WHERE answer.user_id = %s AND answer.session_id = turn.session_id
AND answer.is_counted AND answer.at_us >= turn.at_us AND answer.at_us < turn.end_us GROUP BY turn.seq"""
# What only a commit names is no work of its turn.
_WEIGHTS_SQL = f"""{_TURNS_SQL}
SELECT work.prompt_seq, work.seq, work.ordinal, work.added + work.removed
FROM turn CROSS JOIN memory_filechange AS work WHERE work.user_id = %s AND work.session_id = turn.session_id
AND work.prompt_seq = turn.seq AND work.kind NOT IN ({{kinds}}) ORDER BY work.seq, work.ordinal"""


def load_turn_costs(user_id: UUID, changes: Iterable[OfTurn]) -> dict[int, TurnCost]:
    """Loads the costs of the turns of these changes, by the number of their prompt. Needs `acting_for` the user."""
    prompt_seqs = sorted({change.prompt_seq for change in changes if change.prompt_seq is not None})
    if not prompt_seqs:
        return {}
    weights: dict[int, dict[ChangeKey, int]] = defaultdict(dict)
    for prompt_seq, seq, ordinal, lines in _fetch(
        _WEIGHTS_SQL, prompt_seqs, [user_id, *prompt_seqs, user_id, *COMMITTED_KINDS]
    ):
        weights[prompt_seq][seq, ordinal] = lines
    costs = _fetch(_COSTS_SQL, prompt_seqs, [user_id, *prompt_seqs, user_id])
    return {seq: _build_turn_cost(weights[seq], *sums) for seq, *sums in costs}


def _build_turn_cost(weights: dict[ChangeKey, int], answers: int, priced: int, cost: int) -> TurnCost:
    shares = split_cost(int(cost), list(weights.values())) if weights else []
    return TurnCost(int(cost), answers - priced, answers, dict(zip(weights, shares, strict=True)))


def _fetch(statement: str, prompt_seqs: Sequence[int], parameters: Sequence[Any]) -> list[tuple[int, ...]]:
    seqs, kinds = (", ".join(["%s"] * count) for count in (len(prompt_seqs), len(COMMITTED_KINDS)))
    with connection.cursor() as cursor:
        cursor.execute(statement.format(seqs=seqs, kinds=kinds), parameters)
        return list(cursor.fetchall())
