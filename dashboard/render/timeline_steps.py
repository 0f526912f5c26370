"""What a session's timeline consists of. Pure: values, and what follows from one of them.

Blocks are built up while the events are read (`dashboard.session.timeline`) and only looked at afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from events.wire.json_values import Data, mapping, text


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DENIED = "denied"
    LOST = "lost"  # its result never came, and what came later says that it will not


@dataclass(frozen=True, slots=True)
class Happened:
    """A captured event as it stands in a timeline. `data` is the hook JSON of the host tool."""

    seq: int
    at: datetime
    event: Data
    # Found once: each is asked for some ten times.
    kind: str = field(init=False)
    hook: str = field(init=False)
    data: Data = field(init=False)
    agent: str = field(init=False)

    def __post_init__(self) -> None:
        kind, inner = text(self.event, "kind", "type"), mapping(self.event, "kind", "data")
        hook = text(inner, "hook") if kind == "HookEvent" else ""
        data = mapping(inner, "data") if hook else inner
        for name, value in (("kind", kind), ("hook", hook), ("data", data), ("agent", text(data, "agent_id"))):
            object.__setattr__(self, name, value)  # frozen for everybody else

    @property
    def folders(self) -> tuple[str, ...]:
        return text(self.event, "root"), text(self.event, "project"), text(self.data, "cwd")


@dataclass(slots=True)
class Agent:
    """A subagent's run. Without a type and a beginning it is the one that writes the summary for a compaction."""

    id: str
    seq: int
    at: datetime
    type: str = ""
    depth: int = 1
    ended: datetime | None = None
    said: str = ""
    blocks: list["Block"] = field(default_factory=list)


@dataclass(slots=True)
class Use:
    """One use of a tool, its beginning and its end in one. `seqs` are the events that told of it."""

    seqs: list[int]
    at: datetime
    name: str
    given: Data
    folders: tuple[str, ...]
    agent: str = ""  # the subagent that used it; empty for the main conversation
    state: State = State.RUNNING
    response: object = None
    error: str = ""
    duration_ms: float | None = None
    ended: datetime | None = None
    asked: datetime | None = None  # when the person was asked for permission
    child: Agent | None = None
    fixed_by: int | None = None  # the next use of the same on the same that went well

    @property
    def seq(self) -> int:
        return self.seqs[0]

    @property
    def failed(self) -> bool:
        return self.state in (State.FAILED, State.DENIED)


@dataclass(slots=True)
class Note:
    """Something else that happened. `said` is the model's Markdown."""

    happened: Happened
    said: str = ""

    @property
    def seq(self) -> int:
        return self.happened.seq

    @property
    def at(self) -> datetime:
        return self.happened.at


@dataclass(slots=True)
class Compaction:
    """The conversation was made shorter: from the event that began it to the one that said so."""

    seq: int
    at: datetime
    trigger: str = ""
    wish: str = ""  # what the person asked to keep
    summary: str = ""
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing happened for a while."""

    lasted: timedelta


Block = Use | Agent | Note | Compaction | Gap


@dataclass(slots=True)
class Turn:
    """What followed one prompt. The first may have none: what happened before anybody said anything."""

    prompt: Happened | None
    number: int
    blocks: list[Block] = field(default_factory=list)

    @property
    def text(self) -> str:
        return text(self.prompt.data, "prompt") or text(self.prompt.data, "text") if self.prompt else ""

    @property
    def uses(self) -> int:
        return sum(isinstance(block, Use) for block in walk(self.blocks))

    @property
    def failures(self) -> int:
        return sum(isinstance(block, Use) and block.failed for block in walk(self.blocks))

    @property
    def lasted(self) -> timedelta:
        told = [time for block in walk(self.blocks) for time in times(block)]
        return max(told) - self.prompt.at if self.prompt and told else timedelta()


def walk(blocks: list[Block]) -> Iterator[Block]:
    """These blocks, and those within them."""
    for block in blocks:
        yield block
        child = block if isinstance(block, Agent) else block.child if isinstance(block, Use) else None
        yield from walk(child.blocks) if child else ()


def times(block: Block) -> Iterator[datetime]:
    if not isinstance(block, Gap):
        yield block.at
    if isinstance(block, Use | Compaction | Agent) and block.ended:
        yield block.ended
