"""The totals of each turn of a session: what it did, and what its answers cost. Call `find_session` first.

Three statements, however long the session is. The totals of all turns add up to those of the session, except for what
came before the first prompt.
"""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from events.isolation.row_security import acting_for_user
from memory.models import Prompt, Session, TokenUsage
from memory.preferences import preference_queries
from memory.rules.token_usage import TOKEN_FIELDS
from memory.values.host_markup import is_by_person

MAX_TURNS = 5_000  # prompts of a session that are read
MAX_SEQ = 2**63 - 1
Counts = tuple[int, int, int]  # tool calls, failures, and the time of the last work in microseconds


@dataclass(slots=True)
class TurnTotals:
    """The totals of one turn. `seq` and `at_us` are those of its prompt, `number` counts from 1."""

    seq: int
    at_us: int
    number: int
    text: str
    tools: int = 0
    failures: int = 0
    duration_us: int = 0
    tokens: int = 0
    cost_microdollars: int = 0
    unpriced_answers: int = 0

    @property
    def position(self) -> tuple[int, int]:
        return self.at_us, self.seq


class _TurnStart(NamedTuple):
    """A prompt; the fields are columns of `memory.models.Prompt`. Thousands of models would take longer than a page."""

    seq: int
    at_us: int
    by_person: bool
    text: str
    tools_before: int
    failures_before: int
    worked_before_us: int


@acting_for_user
def list_turns(user_id: UUID, session: Session) -> list[TurnTotals]:
    """Lists the turns of a session in order. The prompts of a program are turns, too; reports of the host are none."""
    rows = Prompt.objects.for_user(user_id).filter(session_id=session.session_id).in_order()
    starts_of_session = map(_TurnStart._make, rows.values_list(*_TurnStart._fields)[:MAX_TURNS])
    prompts = [row for row in starts_of_session if row.by_person or is_by_person(row.text)]
    starts = [(row.tools_before, row.failures_before, row.worked_before_us) for row in prompts]
    turns = [
        _make_turn(number, row, counts)
        for number, (row, counts) in enumerate(
            zip(prompts, pairwise([*starts, _final_counts(session)]), strict=True), 1
        )
    ]
    if turns:
        _add_usage(turns, _load_usage(user_id, session.session_id))
    return turns


def _final_counts(session: Session) -> Counts:
    worked_us = json.loads(session.fold_state).get("worked_us", 0)
    return session.tools, session.failures, int(worked_us)


def _make_turn(number: int, row: _TurnStart, counts: tuple[Counts, Counts]) -> TurnTotals:
    (tools, failures, _), (tools_after, failures_after, worked_us) = counts
    return TurnTotals(
        row.seq,
        row.at_us,
        number,
        row.text,
        max(0, tools_after - tools),
        max(0, failures_after - failures),
        max(0, worked_us - row.at_us),
    )


def _load_usage(user_id: UUID, session_id: str) -> Any:
    rows = TokenUsage.objects.for_user(user_id).filter(session_id=session_id, is_counted=True)
    return rows.order_by().values_list("at_us", "cost_microdollars", *TOKEN_FIELDS)


def _add_usage(turns: list[TurnTotals], usage: Iterable[Any]) -> None:
    """Adds the usage of each answer to the turn in which it was written."""
    starts = [turn.at_us for turn in turns]
    for at_us, cost, *tokens in usage:
        turn = turns[max(0, bisect_right(starts, at_us) - 1)]
        turn.tokens += sum(tokens)
        turn.cost_microdollars += cost or 0
        turn.unpriced_answers += cost is None


@dataclass(frozen=True, slots=True)
class DearTurn:
    """A turn among the dearest of some sessions."""

    session_id: str
    seq: int
    text: str
    cost_microdollars: int


@acting_for_user
def list_dearest_turns(user_id: UUID, session_ids: Sequence[str], *, limit: int) -> list[DearTurn]:
    """Lists the dearest turns of these sessions, without the text of a forgotten prompt."""
    prompts = Prompt.objects.for_user(user_id).filter(session_id__in=session_ids).exclude(by_person=False)
    starts: dict[str, list[tuple[int, int]]] = {}
    for session_id, at_us, seq in prompts.in_order().values_list("session_id", "at_us", "seq")[:MAX_TURNS]:
        starts.setdefault(session_id, []).append((at_us, seq))
    costs: Counter[tuple[str, int]] = Counter()
    usage = TokenUsage.objects.for_user(user_id).filter(session_id__in=starts, is_counted=True, cost_microdollars__gt=0)
    for session_id, at_us, cost in usage.order_by().values_list("session_id", "at_us", "cost_microdollars"):
        of_session = starts[session_id]
        costs[session_id, of_session[max(0, bisect_right(of_session, (at_us, MAX_SEQ)) - 1)][1]] += cost or 0
    dearest = costs.most_common(limit)
    known = {seq for (_, seq), _ in dearest} - preference_queries.load_forgotten_seqs(user_id)
    texts = dict(prompts.filter(seq__in=known).values_list("seq", "text"))
    return [DearTurn(session_id, seq, texts.get(seq, ""), cost) for (session_id, seq), cost in dearest]
