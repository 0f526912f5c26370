"""A session's timeline while it grows: what new events make or change in it, without reading the old ones. Pure.

What is read on from is bounded, however long the session: the uses and subagents at work, and the latest blocks.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dashboard.render.timeline_steps import Agent, Block, Compaction, Gap, Happened, Note, State, Turn, Use, times, walk
from dashboard.session import timeline
from dashboard.session.timeline_builder import THINGS, Reader, link_mended

KEPT = 60  # of what is over: uses, subagents, and blocks of each of these and of the turn


@dataclass(frozen=True, slots=True)
class Grown:
    """Turns with only those blocks that are new or `changed`, by their numbers, and what these stand in."""

    turns: Sequence[Turn]
    changed: frozenset[int]


@dataclass(slots=True)
class Growing:
    """`number` counts the prompts before these events, `continues` is the last of them."""

    number: int = 0
    continues: str = ""
    reader: Reader = field(init=False)
    looks: dict[int, tuple[object, ...]] = field(default_factory=dict)
    last: datetime | None = None

    def __post_init__(self) -> None:
        self.reader = Reader([Turn(None, self.number)])

    def take(self, events: Iterable[Happened]) -> Grown:
        """Reads these events, and says what came of them."""
        before = self.reader.turns[-1].number
        for event in sorted(events, key=timeline.when):
            timeline.tell(self.reader, event)
        link_mended(self.reader.uses.values())
        changed: set[int] = set()
        told = [replace(turn, blocks=self._told(turn.blocks, changed)) for turn in self.reader.turns]
        # A prompt is told once: the turn that it began is known from then on.
        turns = [self._after_silence(turn) for turn in told if turn.blocks or turn.number > before]
        self._forget()
        return Grown(turns, frozenset(changed))

    def _told(self, blocks: list[Block], changed: set[int]) -> list[Block]:
        """Of these blocks those that look different from the last time, or that hold such; as copies."""
        found: list[Block] = []
        for block in blocks:
            child = _child(block)
            within = self._told(child.blocks, changed) if child else []
            seq, look = _seq(block), _look(block)
            if self.looks.get(seq) != look:
                changed.add(seq)
                self.looks[seq] = look
            if seq in changed or within:
                found.append(_holding(block, within))
        return found

    def _after_silence(self, turn: Turn) -> Turn:
        """Says where nothing had happened for long before something new."""
        blocks: list[Block] = []
        if turn.prompt:
            self.last = max(self.last or turn.prompt.at, turn.prompt.at)
        for block in turn.blocks:
            told = [time for inner in walk([block]) for time in times(inner)]
            if self.last and min(told) - self.last >= timeline.LONG:
                blocks.append(Gap(min(told) - self.last))
            blocks.append(block)
            self.last = max(*told, self.last or told[0])
        return replace(turn, blocks=blocks)

    def _forget(self) -> None:
        """Lets go of what nothing to come will change."""
        reader = self.reader
        reader.turns[:] = reader.turns[-1:]
        _keep_last(reader.uses, [key for key, use in reader.uses.items() if use.state != State.RUNNING])
        _keep_last(reader.agents, [key for key, agent in reader.agents.items() if agent.ended])
        held = [reader.turns[-1].blocks, *(agent.blocks for agent in reader.agents.values())]
        for blocks in held:
            blocks[:] = [block for block in blocks[:-KEPT] if _is_open(block)] + blocks[-KEPT:]
            blocks[:] = [_lightened(block) for block in blocks]
        alive = {_seq(block) for blocks in held for block in walk(blocks)}
        self.looks = {seq: look for seq, look in self.looks.items() if seq in alive}


def _keep_last(found: dict[str, Any], over: list[str]) -> None:
    for key in over[:-KEPT]:
        del found[key]


def _is_open(block: Block) -> bool:
    child = _child(block)
    at_work = isinstance(block, Use) and block.state == State.RUNNING
    return at_work or (child is not None and child.ended is None)


def _lightened(block: Block) -> Block:
    """Without what was captured, where it was told and will not be told again: an event may be a megabyte."""
    if isinstance(block, Use) and block.state == State.DONE:
        block.response, block.given = None, {name: block.given[name] for name in THINGS if name in block.given}
    elif isinstance(block, Note):
        return Note(Happened(block.seq, block.at, {}))
    return block


def _child(block: Block) -> Agent | None:
    return block if isinstance(block, Agent) else block.child if isinstance(block, Use) else None


def _holding(block: Block, within: list[Block]) -> Block:
    if isinstance(block, Agent):
        return replace(block, blocks=within)
    if isinstance(block, Use) and block.child:
        return replace(block, child=replace(block.child, blocks=within))
    return copy(block)


def _seq(block: Block) -> int:
    return 0 if isinstance(block, Gap) else block.seq


def _look(block: Block) -> tuple[object, ...]:
    """What of a block may change, as far as it shows."""
    match block:
        case Use():
            return block.state, block.asked, block.fixed_by, block.child and block.child.type
        case Agent():
            return block.type, block.ended
        case Compaction():
            return block.trigger, block.wish, block.summary, block.ended
        case _:
            return ()
