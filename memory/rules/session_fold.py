"""What is known of a session so far, and how the next event of it changes that. Pure.

`tell` takes events in their order, as `Happening.order` has it; the result is the same however they came in.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from events.wire.hook_event import Happening, line, whole
from events.wire.json_values import flag, mapping, text
from memory.rules.failure_tracker import Failing
from memory.rules.tool_calls import Uses
from memory.rules.turn_summary import Turn
from memory.values import session_states
from memory.values.host_markup import is_by_person

SHORT, PLACE, SAID = 120, 4_096, 300  # characters
NOTHING = (-(2**63), 0)  # earlier than any event


@dataclass(slots=True)
class Carry:
    """What must be remembered from one event to the next, beside what is shown."""

    uses: Uses = field(default_factory=Uses)
    # The last event that was told, and the message that named the model last.
    told: tuple[int, int] = NOTHING
    model_us: int = NOTHING[0]
    # A compaction that somebody asked for ends in waiting, one in the middle of the work does not.
    compaction: str = ""
    # Of the prompt that began this turn.
    prompt_id: str = ""
    # What the observations and summaries to come build on, and the subagents that run on by themselves.
    failing: Failing = field(default_factory=Failing)
    turn: Turn = field(default_factory=Turn)
    background: list[str] = field(default_factory=list)

    def dump(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def load(cls, dumped: str) -> Self:
        values = json.loads(dumped)
        values |= {name: kind(**values[name]) for name, kind in PARTS.items()} | {"told": tuple(values["told"])}
        return cls(**values)


PARTS: dict[str, Callable[..., Any]] = {"uses": Uses, "failing": Failing, "turn": Turn}


@dataclass(slots=True)
class Story:
    """A session as derived so far; the columns of `memory.models.Session` without its owner."""

    session_id: str
    started_us: int
    last_us: int
    state_us: int
    state: str = session_states.WORKING
    reason: str = ""
    message: str = ""
    ended_us: int | None = None
    project: str = ""
    repo: str = ""
    branch: str = ""
    machine: str = ""
    source: str = ""
    model: str = ""
    title: str = ""
    last_prompt: str = ""
    doing: str = ""
    doing_us: int | None = None
    prompts: int = 0
    tools: int = 0
    failures: int = 0
    subagents: int = 0
    compactions: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cost_microdollars: int = 0
    carry: Carry = field(default_factory=Carry)

    @classmethod
    def begun(cls, first: Happening) -> Self:
        return cls(first.session_id, started_us=first.at_us, last_us=first.at_us, state_us=first.at_us)

    def seen(self, happening: Happening) -> None:
        """Something of this session happened, in whatever order."""
        self.started_us = min(self.started_us, happening.at_us)
        self.last_us = max(self.last_us, happening.at_us)
        if self.carry.told == NOTHING:
            self.state_us = self.started_us

    def tell(self, happening: Happening) -> None:
        """Takes the next event. None that is earlier than `carry.told`: see `memory.projection.projector`."""
        if self.carry.told == NOTHING:
            self.state_us = happening.at_us
        self.carry.told = happening.order
        self._place(happening)
        if on_hook := ON_HOOK.get(happening.hook):
            on_hook(self, happening)
        self.tools, self.failures, self.subagents = self.carry.uses.counts()
        self.doing, self.doing_us = self.carry.uses.latest()

    def is_late(self, happening: Happening) -> bool:
        return happening.order < self.carry.told

    def names_model(self, model: str, at_us: int) -> None:
        if model and (at_us, model) > (self.carry.model_us, self.model):
            self.model, self.carry.model_us = line(model, SHORT), at_us

    def _place(self, happening: Happening) -> None:
        event, client = happening.event, mapping(happening.event, "client")
        # Where it was started: the folder moves with `cd`.
        self.project = self.project or whole(text(event, "root") or text(event, "project"), PLACE)
        self.repo = whole(text(event, "repo"), PLACE) or self.repo
        self.branch = line(text(client, "branch"), SHORT) or self.branch
        self.machine = line(text(client, "machine"), SHORT) or self.machine
        if title := line(text(happening.data, "session_title"), SHORT):
            self.title = title

    def _enter(self, happening: Happening, state: str, reason: str = "", message: str = "") -> None:
        if (state, reason) != (self.state, self.reason):
            self.state_us = happening.at_us
        self.state, self.reason, self.message = state, reason, message
        self.ended_us = happening.at_us if state == session_states.ENDED else None


def _started(story: Story, happening: Happening) -> None:
    source = line(text(happening.data, "source"), SHORT)
    story.names_model(text(happening.data, "model"), happening.at_us)
    if source == "compact":
        asked_for, story.carry.compaction = story.carry.compaction == "manual", ""
        _await(story, happening) if asked_for else _work(story, happening)
        return
    story.source = story.source or source
    story.carry.uses.all_end()
    _await(story, happening)


def _prompted(story: Story, happening: Happening) -> None:
    prompt = text(happening.data, "prompt") or text(happening.data, "text")
    turn = line(text(happening.data, "prompt_id"), SHORT)
    # What is typed while a tool is at work belongs to the turn that goes on.
    if not turn or turn != story.carry.prompt_id:
        story.carry.uses.all_end()
    story.carry.prompt_id = turn
    story._enter(happening, session_states.WORKING)
    if is_by_person(prompt):
        story.prompts += 1
        story.last_prompt = line(prompt, SAID)
        story.title = story.title or line(prompt, SHORT)


def _await(story: Story, happening: Happening) -> None:
    story._enter(happening, session_states.WAITING, session_states.NEEDS_INPUT)


def _work(story: Story, happening: Happening) -> None:
    """Something is going on. A subagent may go on after the turn is done, and what comes late revives nothing."""
    if story.state == session_states.ENDED and happening.hook != "pre_tool_use":
        return
    if happening.agent and story.state != session_states.WORKING and story.reason != session_states.NEEDS_PERMISSION:
        return
    story._enter(happening, session_states.WORKING)


def _tool_begins(story: Story, happening: Happening) -> None:
    story.carry.uses.begin(happening)
    asks = ASKING.get(text(happening.data, "tool_name"))
    if asks and not happening.agent:
        story._enter(happening, session_states.WAITING, asks)
    else:
        _work(story, happening)


# Tools that are a question to the person.
ASKING = {"AskUserQuestion": session_states.NEEDS_INPUT, "ExitPlanMode": session_states.NEEDS_PERMISSION}


def _tool_ends(story: Story, happening: Happening) -> None:
    failed = happening.hook == "post_tool_failure"
    story.carry.uses.end(happening, failed=failed)
    if failed and flag(happening.data, "is_interrupt") and not happening.agent:
        story._enter(happening, session_states.WAITING, session_states.INTERRUPTED)
    elif story.reason != session_states.NEEDS_PERMISSION or not story.carry.uses.open:
        # Of several at once it may be another that waits; better to call somebody once too often.
        _work(story, happening)


def _denied(story: Story, happening: Happening) -> None:
    story.carry.uses.end(happening, failed=False)
    _work(story, happening)


def _agent_begins(story: Story, happening: Happening) -> None:
    story.carry.uses.agent_begins(happening.agent)
    _work(story, happening)


def _agent_ends(story: Story, happening: Happening) -> None:
    # Compaction runs as a subagent without a type, and only its end is told.
    if text(happening.data, "agent_type"):
        story.carry.uses.agent_ends(happening.agent)
    _work(story, happening)


def _compacting(story: Story, happening: Happening) -> None:
    story.compactions += 1
    story.carry.compaction = line(text(happening.data, "trigger"), SHORT)
    _work(story, happening)


def _noticed(story: Story, happening: Happening) -> None:
    reason = NOTICES.get(text(happening.data, "notification_type"))
    if reason is None or story.state == session_states.ENDED:
        return
    if reason == "":
        _work(story, happening)
    elif not (story.state == session_states.WAITING and reason == session_states.NEEDS_INPUT):
        # "Is waiting for your input" after a turn says nothing new.
        story._enter(happening, session_states.WAITING, reason, line(text(happening.data, "message"), SAID))


NOTICES = {
    "permission_prompt": session_states.NEEDS_PERMISSION,
    "idle_prompt": session_states.NEEDS_INPUT,
    "agent_needs_input": session_states.NEEDS_INPUT,
    "elicitation_dialog": session_states.NEEDS_INPUT,
    "elicitation_url_dialog": session_states.NEEDS_INPUT,
    "elicitation_response": "",
    "elicitation_complete": "",
}


def _permission_asked(story: Story, happening: Happening) -> None:
    story._enter(
        happening,
        session_states.WAITING,
        session_states.NEEDS_PERMISSION,
        line(text(happening.data, "tool_name"), SAID),
    )


def _turn_ends(story: Story, happening: Happening) -> None:
    if story.state == session_states.ENDED:
        return
    story.carry.uses.turn_ends()
    said = line(text(happening.data, "last_assistant_message"), SAID)
    if happening.hook == "stop":
        story._enter(happening, session_states.WAITING, session_states.TURN_DONE, said)
    else:
        story._enter(happening, session_states.ERROR, line(text(happening.data, "error"), SHORT), said)


def _ended(story: Story, happening: Happening) -> None:
    story.carry.uses.all_end()
    story._enter(happening, session_states.ENDED, line(text(happening.data, "reason"), SHORT))


def _model_switched(story: Story, happening: Happening) -> None:
    story.names_model(text(happening.data, "to_model"), happening.at_us)


ON_HOOK: dict[str, Callable[[Story, Happening], None]] = {
    "session_start": _started,
    "session_end": _ended,
    "prompt_submit": _prompted,
    "pre_tool_use": _tool_begins,
    "post_tool_use": _tool_ends,
    "post_tool_failure": _tool_ends,
    "pre_compact": _compacting,
    "subagent_start": _agent_begins,
    "subagent_stop": _agent_ends,
    "notification": _noticed,
    "stop": _turn_ends,
    "stop_failure": _turn_ends,
    "permission_request": _permission_asked,
    "permission_denied": _denied,
    "elicitation": lambda story, happening: story._enter(happening, session_states.WAITING, session_states.NEEDS_INPUT),
    "elicitation_result": _work,
    "post_model_switch": _model_switched,
}
