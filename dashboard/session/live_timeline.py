"""Updates a session's timeline by new events, without reading earlier ones. Pure.

The state is bounded, even for a long session: running tool calls and subagents, and the latest steps.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dashboard.render.timeline_steps import (
    Agent,
    Compaction,
    EventStep,
    Gap,
    Step,
    ToolCall,
    ToolCallState,
    Turn,
    step_times,
    walk_steps,
)
from dashboard.session import timeline
from dashboard.session.timeline_builder import TARGET_FIELDS, TimelineBuilder, link_fixed_calls
from events.wire.hook_event import HookEvent

MAX_FINISHED = 60  # finished tool calls, finished subagents, and steps of each subagent and of the turn


@dataclass(frozen=True, slots=True)
class TimelineUpdate:
    """Turns with only new and changed steps, and the steps that contain these.

    `changed_seqs` are the numbers of the new and changed steps.
    """

    turns: Sequence[Turn]
    changed_seqs: frozenset[int]


@dataclass(slots=True)
class LiveTimeline:
    """The timeline of a running session. `turn_number` counts earlier prompts, `continued_prompt` is the last one."""

    turn_number: int = 0
    continued_prompt: str = ""
    builder: TimelineBuilder = field(init=False)
    fingerprints: dict[int, tuple[object, ...]] = field(default_factory=dict)
    last_at: datetime | None = None

    def __post_init__(self) -> None:
        self.builder = TimelineBuilder([Turn(None, self.turn_number)])

    def apply(self, events: Iterable[HookEvent]) -> TimelineUpdate:
        """Applies events and returns the steps that they add or change."""
        last_number = self.builder.turns[-1].number
        for event in sorted(events, key=timeline.event_order):
            timeline.apply_event(self.builder, event)
        link_fixed_calls(self.builder.calls.values())
        changed_seqs: set[int] = set()
        updated_turns = [
            replace(turn, steps=self._changed_steps(turn.steps, changed_seqs)) for turn in self.builder.turns
        ]
        # A turn without new steps is part of an update only once, when its prompt arrives.
        turns = [self._insert_gaps(turn) for turn in updated_turns if turn.steps or turn.number > last_number]
        self._prune()
        return TimelineUpdate(turns, frozenset(changed_seqs))

    def _changed_steps(self, steps: list[Step], changed_seqs: set[int]) -> list[Step]:
        """Copies the steps that look different from the last update, and the steps that contain such steps."""
        changed_steps: list[Step] = []
        for step in steps:
            subagent = _subagent_of(step)
            inner_steps = self._changed_steps(subagent.steps, changed_seqs) if subagent else []
            seq, fingerprint = _step_seq(step), _fingerprint(step)
            if self.fingerprints.get(seq) != fingerprint:
                changed_seqs.add(seq)
                self.fingerprints[seq] = fingerprint
            if seq in changed_seqs or inner_steps:
                changed_steps.append(_copy_with_steps(step, inner_steps))
        return changed_steps

    def _insert_gaps(self, turn: Turn) -> Turn:
        """Inserts a gap before a new step if nothing happened for `MIN_GAP` before it."""
        steps: list[Step] = []
        if turn.prompt:
            self.last_at = max(self.last_at or turn.prompt.at, turn.prompt.at)
        for step in turn.steps:
            event_times = [time for inner in walk_steps([step]) for time in step_times(inner)]
            if self.last_at and min(event_times) - self.last_at >= timeline.MIN_GAP:
                steps.append(Gap(min(event_times) - self.last_at))
            steps.append(step)
            self.last_at = max(*event_times, self.last_at or event_times[0])
        return replace(turn, steps=steps)

    def _prune(self) -> None:
        """Drops state that no later event changes; keeps the latest finished calls, subagents and steps."""
        builder = self.builder
        builder.turns[:] = builder.turns[-1:]
        _drop_oldest(builder.calls, [key for key, call in builder.calls.items() if call.state != ToolCallState.RUNNING])
        _drop_oldest(builder.agents, [key for key, agent in builder.agents.items() if agent.ended_at])
        step_lists = [builder.turns[-1].steps, *(agent.steps for agent in builder.agents.values())]
        for steps in step_lists:
            steps[:] = [step for step in steps[:-MAX_FINISHED] if _is_running(step)] + steps[-MAX_FINISHED:]
            steps[:] = [_without_payload(step) for step in steps]
        live_seqs = {_step_seq(step) for steps in step_lists for step in walk_steps(steps)}
        self.fingerprints = {seq: fingerprint for seq, fingerprint in self.fingerprints.items() if seq in live_seqs}


def _drop_oldest(entries: dict[str, Any], finished_keys: list[str]) -> None:
    for key in finished_keys[:-MAX_FINISHED]:
        del entries[key]


def _is_running(step: Step) -> bool:
    subagent = _subagent_of(step)
    is_call_running = isinstance(step, ToolCall) and step.state == ToolCallState.RUNNING
    return is_call_running or (subagent is not None and subagent.ended_at is None)


def _without_payload(step: Step) -> Step:
    """Drops the captured content of a completed step, which no later update contains: an event may be a megabyte."""
    if isinstance(step, ToolCall) and step.state == ToolCallState.DONE:
        step.response, step.tool_input = (
            None,
            {name: step.tool_input[name] for name in TARGET_FIELDS if name in step.tool_input},
        )
    elif isinstance(step, EventStep):
        return EventStep(step.event.without_payload())
    return step


def _subagent_of(step: Step) -> Agent | None:
    return step if isinstance(step, Agent) else step.subagent if isinstance(step, ToolCall) else None


def _copy_with_steps(step: Step, inner_steps: list[Step]) -> Step:
    if isinstance(step, Agent):
        return replace(step, steps=inner_steps)
    if isinstance(step, ToolCall) and step.subagent:
        return replace(step, subagent=replace(step.subagent, steps=inner_steps))
    return copy(step)


def _step_seq(step: Step) -> int:
    return 0 if isinstance(step, Gap) else step.seq


def _fingerprint(step: Step) -> tuple[object, ...]:
    """Returns the visible values of a step that may change."""
    match step:
        case ToolCall():
            return step.state, step.permission_asked_at, step.fixed_by_seq, step.subagent and step.subagent.type
        case Agent():
            return step.type, step.ended_at
        case Compaction():
            return step.trigger, step.instructions, step.summary, step.ended_at, step.count
        case _:
            return ()
