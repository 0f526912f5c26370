"""A session's timeline while it grows: what new events make or change in it, without reading the old ones. Pure.

What is read on from is bounded, however long the session: the uses and subagents at work, and the latest blocks.
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
    TimelineEvent,
    ToolCall,
    ToolCallState,
    Turn,
    step_times,
    walk_steps,
)
from dashboard.session import timeline
from dashboard.session.timeline_builder import TARGET_FIELDS, TimelineBuilder, link_fixed_calls

MAX_FINISHED = 60  # of what is over: uses, subagents, and blocks of each of these and of the turn


@dataclass(frozen=True, slots=True)
class TimelineUpdate:
    """Turns with only those blocks that are new or in `changed_seqs`, by their numbers, and what these stand in."""

    turns: Sequence[Turn]
    changed_seqs: frozenset[int]


@dataclass(slots=True)
class LiveTimeline:
    """`turn_number` counts the prompts before these events, `continued_prompt` is the last of them."""

    turn_number: int = 0
    continued_prompt: str = ""
    builder: TimelineBuilder = field(init=False)
    fingerprints: dict[int, tuple[object, ...]] = field(default_factory=dict)
    last_at: datetime | None = None

    def __post_init__(self) -> None:
        self.builder = TimelineBuilder([Turn(None, self.turn_number)])

    def apply(self, events: Iterable[TimelineEvent]) -> TimelineUpdate:
        """Reads these events, and says what came of them."""
        last_number = self.builder.turns[-1].number
        for event in sorted(events, key=timeline.event_order):
            timeline.apply_event(self.builder, event)
        link_fixed_calls(self.builder.calls.values())
        changed_seqs: set[int] = set()
        updated_turns = [
            replace(turn, steps=self._changed_steps(turn.steps, changed_seqs)) for turn in self.builder.turns
        ]
        # A prompt is told once: the turn that it began is known from then on.
        turns = [self._insert_gaps(turn) for turn in updated_turns if turn.steps or turn.number > last_number]
        self._prune()
        return TimelineUpdate(turns, frozenset(changed_seqs))

    def _changed_steps(self, steps: list[Step], changed_seqs: set[int]) -> list[Step]:
        """Of these blocks those that look different from the last time, or that hold such; as copies."""
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
        """Says where nothing had happened for long before something new."""
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
        """Lets go of what nothing to come will change."""
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
    """Without what was captured, where it was told and will not be told again: an event may be a megabyte."""
    if isinstance(step, ToolCall) and step.state == ToolCallState.DONE:
        step.response, step.tool_input = (
            None,
            {name: step.tool_input[name] for name in TARGET_FIELDS if name in step.tool_input},
        )
    elif isinstance(step, EventStep):
        return EventStep(TimelineEvent(step.seq, step.at, {}))
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
    """What of a block may change, as far as it shows."""
    match step:
        case ToolCall():
            return step.state, step.permission_asked_at, step.fixed_by_seq, step.subagent and step.subagent.type
        case Agent():
            return step.type, step.ended_at
        case Compaction():
            return step.trigger, step.instructions, step.summary, step.ended_at
        case _:
            return ()
