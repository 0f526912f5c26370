"""Sums what the changes of commits cost. See docs/decisions/cost-by-change.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from memory.file_history.commit_changes import ActKey, HeldChange
from memory.file_history.turn_costs import NO_COST, OfTurn, TurnCost, load_turn_costs


@dataclass(frozen=True, slots=True)
class CommitCost:
    """The shares of the changes of a commit or a file, and the whole cost of their turns: it cost as much at most."""

    changes: int = 0
    files: int = 0
    share_microdollars: int = 0
    turns_microdollars: int = 0
    is_known: bool = False
    has_unpriced: bool = False


NOTHING = CommitCost()


@dataclass(frozen=True, slots=True)
class CommitCosts:
    """The costs of commits, and of all of them together: commits may come from the same turns."""

    by_act: Mapping[ActKey, CommitCost]
    total: CommitCost


def load_commit_costs(user_id: UUID, held: Mapping[ActKey, Sequence[HeldChange]]) -> CommitCosts:
    """Loads the costs of commits by the changes that each holds. Needs `acting_for` the user."""
    turns = load_turn_costs(user_id, [change for changes in held.values() for change in changes])
    priced = {
        key: [(change, turns.get(change.prompt_seq or 0, NO_COST)) for change in changes]
        for key, changes in held.items()
    }
    by_act = {key: sum_costs(pairs) for key, pairs in priced.items()}
    return CommitCosts(by_act, sum_costs(pair for pairs in priced.values() for pair in pairs))


class OfFile(OfTurn, Protocol):
    """A change of a file, numbered by its event."""

    @property
    def path(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def ordinal(self) -> int: ...


def sum_costs(changes: Iterable[tuple[OfFile, TurnCost]]) -> CommitCost:
    """Sums the costs of changes, each with that of its turn."""
    pairs = list(changes)
    turns = {change.prompt_seq: turn for change, turn in pairs if turn.is_known}
    return CommitCost(
        len(pairs),
        len({change.path for change, _ in pairs}),
        sum(turn.shares.get((change.seq, change.ordinal), 0) for change, turn in pairs if turn.is_known),
        sum(turn.cost_microdollars for turn in turns.values()),
        bool(turns),
        any(turn.unpriced_answers for _, turn in pairs),
    )
