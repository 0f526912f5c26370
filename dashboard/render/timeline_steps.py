"""The parts of a session's timeline. Pure: values, and what follows from one of them.

Steps change while `dashboard.session.timeline` applies events, and only then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from events.wire.hook_event import HookEvent
from events.wire.json_values import Data, get_text


class ToolCallState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DENIED = "denied"
    LOST = "lost"  # its result is missing, and later events show that it will not come


@dataclass(slots=True)
class Agent:
    """A run of a subagent. The subagent that writes the summary for a compaction has neither type nor start."""

    id: str
    seq: int
    at: datetime
    type: str = ""
    depth: int = 1
    ended_at: datetime | None = None
    is_lost: bool = False  # its session is over, but its end was not reported
    final_message: str = ""
    steps: list["Step"] = field(default_factory=list)


@dataclass(slots=True)
class ToolCall:
    """A tool call from its start to its end. `seqs` are the numbers of its events."""

    seqs: list[int]
    at: datetime
    name: str
    tool_input: Data
    folders: tuple[str, ...]
    agent_id: str = ""  # the subagent that used it; empty for the main conversation
    repo: str = ""  # of the current folder
    state: ToolCallState = ToolCallState.RUNNING
    response: object = None
    error: str = ""
    duration_ms: float | None = None
    ended_at: datetime | None = None
    permission_asked_at: datetime | None = None  # when the person was asked for permission
    subagent: Agent | None = None
    fixed_by_seq: int | None = None  # the next successful call of the same tool on the same target

    @property
    def seq(self) -> int:
        return self.seqs[0]

    @property
    def has_failed(self) -> bool:
        return self.state in (ToolCallState.FAILED, ToolCallState.DENIED)


@dataclass(slots=True)
class EventStep:
    """Any other event. `message` is Markdown of the model."""

    event: HookEvent
    message: str = ""

    @property
    def seq(self) -> int:
        return self.event.seq

    @property
    def at(self) -> datetime:
        return self.event.at


@dataclass(slots=True)
class Compaction:
    """A compaction of the conversation, from its start to its end."""

    seq: int
    at: datetime
    trigger: str = ""
    instructions: str = ""  # what the person asked to keep
    summary: str = ""
    ended_at: datetime | None = None
    count: int = 1  # compactions of subagents that followed each other


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without events."""

    duration: timedelta


Step = ToolCall | Agent | EventStep | Compaction | Gap


@dataclass(slots=True)
class Turn:
    """The steps that follow a prompt. The first turn has no prompt if events came before one."""

    prompt: HookEvent | None
    number: int
    steps: list[Step] = field(default_factory=list)

    @property
    def prompt_text(self) -> str:
        return get_text(self.prompt.data, "prompt") or get_text(self.prompt.data, "text") if self.prompt else ""

    @property
    def tool_call_count(self) -> int:
        return sum(isinstance(step, ToolCall) for step in walk_steps(self.steps))

    @property
    def failure_count(self) -> int:
        return sum(isinstance(step, ToolCall) and step.has_failed for step in walk_steps(self.steps))

    @property
    def duration(self) -> timedelta:
        event_times = [time for step in walk_steps(self.steps) for time in step_times(step)]
        return max(event_times) - self.prompt.at if self.prompt and event_times else timedelta()


def walk_steps(steps: list[Step]) -> Iterator[Step]:
    """Yields these steps and the steps inside them."""
    for step in steps:
        yield step
        subagent = step if isinstance(step, Agent) else step.subagent if isinstance(step, ToolCall) else None
        yield from walk_steps(subagent.steps) if subagent else ()


def step_times(step: Step) -> Iterator[datetime]:
    if not isinstance(step, Gap):
        yield step.at
    if isinstance(step, ToolCall | Compaction | Agent) and step.ended_at:
        yield step.ended_at
