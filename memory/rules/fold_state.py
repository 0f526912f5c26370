"""The state of a session fold between two events, stored as JSON with the session. Pure."""

import json
from dataclasses import dataclass, field, fields
from typing import Any, Self

from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_text
from memory.rules.changes.commit_staging import Staging
from memory.rules.changes.path_changes import ChangeCause
from memory.rules.changes.repository_folders import RepositoryFolders
from memory.rules.failure_tracker import FailureTracker
from memory.rules.tool_calls import ToolCallTracker
from memory.rules.tool_catalog import get_tool
from memory.rules.turn_summary import Turn

MAX_TITLE_CHARS = 120
BEFORE_ANY_EVENT = (-(2**63), 0)  # earlier than any event


@dataclass(slots=True)
class FoldState:
    """The state that the rules need for the next event, besides the columns of the session."""

    tool_calls: ToolCallTracker = field(default_factory=ToolCallTracker)
    # The sort key of the last applied event, and the time of the latest message that named the model.
    last_applied: tuple[int, int] = BEFORE_ANY_EVENT
    model_us: int = BEFORE_ANY_EVENT[0]
    # After a manual compaction the session waits; after an automatic one it works on.
    compaction_trigger: str = ""
    # The id of the prompt that started this turn.
    prompt_id: str = ""
    # The last name that a person gave, the last title of the host, the first prompt, the task of the first subagent,
    # and the first answer.
    person_title: str = ""
    host_title: str = ""
    prompt_title: str = ""
    task_title: str = ""
    answer_title: str = ""
    # The input of later observations and summaries, and the ids of subagents that run in the background.
    failure_tracker: FailureTracker = field(default_factory=FailureTracker)
    turn: Turn = field(default_factory=Turn)
    background_agents: list[str] = field(default_factory=list)
    # Why the next change of a file is made.
    cause: ChangeCause = field(default_factory=ChangeCause)
    # What the next commit of the session holds.
    staging: Staging = field(default_factory=Staging)
    # Which folders have a repository of their own.
    repositories: RepositoryFolders = field(default_factory=RepositoryFolders)
    # Whether anything happened in the session besides its start, and when it last did, in microseconds.
    is_used: bool = False
    worked_us: int = 0
    # Whether the current run of the session is headless, and whether any of its runs was headless or attended.
    is_headless: bool = False
    had_headless_run: bool = False
    had_attended_run: bool = False

    def note_run(self, is_headless: bool | None) -> None:
        """Notes whether an event was of a headless run; None changes nothing."""
        if is_headless is not None:
            self.is_headless = is_headless
            self.had_headless_run |= is_headless
            self.had_attended_run |= not is_headless

    @property
    def is_automated(self) -> bool:
        """Whether no person took part in the session: each run that is known was headless."""
        return self.had_headless_run and not self.had_attended_run

    @property
    def title(self) -> str:
        """The name that a person gave, else the title of the host, else the first prompt, task or answer."""
        return self.person_title or self.host_title or self.prompt_title or self.task_title or self.answer_title

    def note_name(self, hook_event: HookEvent) -> None:
        """Notes the name that a person gave, which the host repeats in payloads, and the other names of a session."""
        self.person_title = _read_title(hook_event, "session_title") or self.person_title
        if hook_event.hook == "pre_tool_use" and get_tool(hook_event.tool_name).family == "agent":
            self.task_title = self.task_title or _read_title(hook_event, "tool_input", "description")
        elif hook_event.hook == "stop":
            self.answer_title = self.answer_title or _read_title(hook_event, "last_assistant_message")

    def note_title(self, hook_event: HookEvent) -> None:
        """Notes a title of the transcript, by a person or the host."""
        title = _read_title(hook_event, "title")
        if get_text(hook_event.data, "by") == "person":
            self.person_title = title or self.person_title
        else:
            self.host_title = title or self.host_title

    def dump(self) -> str:
        # The members by name: `asdict` copies each of them, which took a fifth of the time of a small batch.
        values = {name: getattr(self, name) for name in FIELDS}
        values |= {name: {field: getattr(values[name], field) for field in PART_FIELDS[name]} for name in STATE_PARTS}
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def load(cls, serialized: str) -> Self:
        values = json.loads(serialized)
        values |= {name: kind(**values[name]) for name, kind in STATE_PARTS.items()} | {
            "last_applied": tuple(values["last_applied"])
        }
        return cls(**values)


def _read_title(hook_event: HookEvent, *path: str) -> str:
    return summary_line(get_text(hook_event.data, *path), MAX_TITLE_CHARS)


STATE_PARTS: dict[str, type[Any]] = {
    "tool_calls": ToolCallTracker,
    "failure_tracker": FailureTracker,
    "turn": Turn,
    "cause": ChangeCause,
    "staging": Staging,
    "repositories": RepositoryFolders,
}
FIELDS = tuple(one.name for one in fields(FoldState))
PART_FIELDS = {name: tuple(one.name for one in fields(kind)) for name, kind in STATE_PARTS.items()}
