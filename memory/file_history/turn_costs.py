"""Loads what turns cost, and the share of each change in it.

A turn reaches from its prompt to the next prompt of a person. Its cost is that of the answers of the model in this
time, by the prices of now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from memory.file_history.commit_changes import HeldChange
from memory.file_history.cost_shares import split_cost
from memory.models import FileChange

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

# A prompt of a program starts a turn until the next prompt of any kind.
_COSTS_SQL = """
SELECT turn.seq, COUNT(message_id), COUNT(cost_microdollars), COALESCE(SUM(cost_microdollars), 0) FROM (
    SELECT prompt.seq, prompt.session_id, prompt.at_us, (
        SELECT MIN(later.at_us) FROM memory_prompt AS later
        WHERE later.user_id = prompt.user_id AND later.session_id = prompt.session_id
        AND later.at_us > prompt.at_us AND (later.by_person OR NOT prompt.by_person)
    ) AS end_us FROM memory_prompt AS prompt WHERE prompt.user_id = %s AND prompt.seq IN ({seqs})
) AS turn JOIN memory_tokenusage AS answer ON answer.user_id = %s AND answer.session_id = turn.session_id
AND answer.is_counted
AND answer.at_us >= turn.at_us AND (turn.end_us IS NULL OR answer.at_us < turn.end_us)
GROUP BY turn.seq"""


def load_turn_costs(user_id: UUID, changes: Sequence[FileChange | HeldChange]) -> dict[int, TurnCost]:
    """Loads the costs of the turns of these changes, by the number of their prompt. Needs `acting_for` the user."""
    prompt_seqs = sorted({change.prompt_seq for change in changes if change.prompt_seq is not None})
    if not prompt_seqs:
        return {}
    rows = FileChange.objects.for_user(user_id).filter(
        session_id__in={change.session_id for change in changes}, prompt_seq__in=prompt_seqs
    )
    weights: dict[int, dict[ChangeKey, int]] = defaultdict(dict)
    for prompt_seq, seq, ordinal, added, removed in rows.order_by("seq", "ordinal").values_list(
        "prompt_seq", "seq", "ordinal", "added", "removed"
    ):
        weights[prompt_seq or 0][seq, ordinal] = added + removed
    return {seq: _build_turn_cost(weights[seq], *sums) for seq, *sums in _fetch_costs(user_id, prompt_seqs)}


def _build_turn_cost(weights: dict[ChangeKey, int], answers: int, priced: int, cost: int) -> TurnCost:
    shares = split_cost(cost, list(weights.values()))
    return TurnCost(cost, answers - priced, answers, dict(zip(weights, shares, strict=True)))


def _fetch_costs(user_id: UUID, prompt_seqs: Sequence[int]) -> Iterable[tuple[int, int, int, int]]:
    placeholders = ", ".join(["%s"] * len(prompt_seqs))
    with connection.cursor() as cursor:
        cursor.execute(_COSTS_SQL.format(seqs=placeholders), [user_id, *prompt_seqs, user_id])
        return [(seq, answers, priced, int(cost)) for seq, answers, priced, cost in cursor.fetchall()]
