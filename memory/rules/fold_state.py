"""What a session's fold remembers between two events, stored as JSON beside the session. Pure."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from memory.rules.failure_tracker import FailureTracker
from memory.rules.tool_calls import ToolCallTracker
from memory.rules.turn_summary import Turn

BEFORE_ANY_EVENT = (-(2**63), 0)  # earlier than any event


@dataclass(slots=True)
class FoldState:
    """What must be remembered from one event to the next, beside what is shown."""

    tool_calls: ToolCallTracker = field(default_factory=ToolCallTracker)
    # The last event that was told, and the message that named the model last.
    last_applied: tuple[int, int] = BEFORE_ANY_EVENT
    model_us: int = BEFORE_ANY_EVENT[0]
    # A compaction that somebody asked for ends in waiting, one in the middle of the work does not.
    compaction_trigger: str = ""
    # Of the prompt that began this turn.
    prompt_id: str = ""
    # What the observations and summaries to come build on, and the subagents that run on by themselves.
    failure_tracker: FailureTracker = field(default_factory=FailureTracker)
    turn: Turn = field(default_factory=Turn)
    background_agents: list[str] = field(default_factory=list)

    def dump(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def load(cls, serialized: str) -> Self:
        values = json.loads(serialized)
        values |= {name: kind(**values[name]) for name, kind in STATE_PARTS.items()} | {
            "last_applied": tuple(values["last_applied"])
        }
        return cls(**values)


STATE_PARTS: dict[str, Callable[..., Any]] = {
    "tool_calls": ToolCallTracker,
    "failure_tracker": FailureTracker,
    "turn": Turn,
}
