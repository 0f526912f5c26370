"""Projects the events of one session onto its derived rows. Pure: stored state and new events in, new rows out."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import attrgetter

from events.wire.hook_event import HookEvent, sort_events, storable_text, summary_line
from events.wire.json_values import get_text
from memory.rules import token_usage
from memory.rules.changes.git_acts import GitAct, extract_acts
from memory.rules.changes.path_changes import FileChange, extract_changes
from memory.rules.half_hour_counts import FoldSnapshot, HalfHourCounts
from memory.rules.observations import Observation, extract_observation
from memory.rules.session_fold import MAX_LABEL_CHARS, SessionFold
from memory.rules.token_usage import MessageUsage
from memory.rules.tool_calls import MAX_OPEN_CALLS
from memory.rules.turn_summary import Summary
from memory.values.host_markup import is_by_person, without_host_text
from memory.values.price_table import NO_OWN_PRICES, PriceTable

# The columns of a session by which totals are grouped.
get_location = attrgetter("project", "repo", "machine", "automated")
MAX_PROMPT_CHARS = 16_384  # the rest is in the log


@dataclass(frozen=True, slots=True)
class Prompt:
    """The columns of `memory.models.Prompt` without its owner."""

    seq: int
    session_id: str
    at_us: int
    number: int
    by_person: bool
    text: str
    project: str = ""
    repo: str = ""
    # What the session had done before the prompt: tool calls, failures, and the time of its last work in microseconds.
    tools_before: int = 0
    failures_before: int = 0
    worked_before_us: int = 0


@dataclass(slots=True)
class SessionProjection:
    """The projection of one session. `usages` is by message id; `prompts` to `counts` contain only new rows."""

    fold: SessionFold
    usages: dict[str, MessageUsage] = field(default_factory=dict)
    prompts: list[Prompt] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    file_changes: list[FileChange] = field(default_factory=list)
    git_acts: list[GitAct] = field(default_factory=list)
    counts: HalfHourCounts = field(default_factory=HalfHourCounts)
    needs_rebuild: bool = False
    # Tools without observations.
    excluded_tools: frozenset[str] = frozenset()
    prices: PriceTable = NO_OWN_PRICES
    # The location of the stored session, by which totals are grouped; None for a session without a row.
    stored_location: tuple[str | bool, ...] | None = None

    @property
    def has_moved(self) -> bool:
        """Whether the stored session has another location."""
        return self.stored_location not in (None, get_location(self.fold))

    def apply(self, hook_events: Iterable[HookEvent]) -> None:
        """Applies events. After a late event the session needs a rebuild from all of its events."""
        for hook_event in sort_events(hook_events):
            self.fold.record_activity(hook_event)
            self.counts.count_event(hook_event)
            if hook_event.hook == "usage":
                usage = token_usage.parse_usage(hook_event)
                for before, after in token_usage.apply_usages(
                    self.fold, self.usages, [usage] if usage else [], self.prices
                ):
                    self.counts.count_usage(before, after)
            elif self.needs_rebuild or self.fold.is_late(hook_event):
                self.needs_rebuild = True
            else:
                self._apply_event(hook_event)

    def _apply_event(self, hook_event: HookEvent) -> None:
        tool_calls, state = self.fold.fold_state.tool_calls, self.fold.fold_state
        before, start_seq = FoldSnapshot.capture(self.fold, hook_event), tool_calls.start_seq(hook_event)
        worked_us = state.worked_us
        self.fold.apply(hook_event)
        self.counts.count_changes(before, hook_event, self.fold)
        state.turn.update_tasks(hook_event)
        state.cause.note_message(hook_event)
        if hook_event.hook == "prompt_submit":
            self._add_prompt(hook_event, worked_us)
        elif hook_event.hook == "stop":
            self._add_summary(state.turn.summarize(hook_event, state.failure_tracker))
        elif is_compaction(hook_event):
            self._add_summary(state.turn.summarize_compaction(hook_event))
        elif not before.is_call_finished and self._is_observable(hook_event):
            self._add_observation(hook_event, start_seq)
            self._trace(hook_event)

    def _add_prompt(self, hook_event: HookEvent, worked_us: int) -> None:
        prompt = replace(
            self._build_prompt(hook_event),
            tools_before=self.fold.tools,
            failures_before=self.fold.failures,
            worked_before_us=worked_us,
        )
        self.prompts.append(prompt)
        if prompt.by_person:
            self.fold.fold_state.turn.set_request(without_host_text(prompt.text))

    def _is_observable(self, hook_event: HookEvent) -> bool:
        """Checks whether an event may become an observation; remembers the subagents that start in the background.

        The report of a subagent belongs to the tool call that started it, except in the background.
        """
        background = self.fold.fold_state.background_agents
        if hook_event.hook == "subagent_stop":
            return summary_line(hook_event.agent_id, MAX_LABEL_CHARS) in background
        agent_id = get_text(hook_event.data, "tool_response", "agentId")
        if agent_id and get_text(hook_event.data, "tool_response", "status") == "async_launched":
            self.fold.fold_state.background_agents = [*background, summary_line(agent_id, MAX_LABEL_CHARS)][
                -MAX_OPEN_CALLS:
            ]
        return hook_event.tool_name not in self.excluded_tools

    def _add_observation(self, hook_event: HookEvent, start_seq: int | None) -> None:
        observation = extract_observation(hook_event, self.fold.fold_state.failure_tracker, (self.fold.project,))
        if observation:
            self.fold.fold_state.turn.add_observation(observation)
            self.observations.append(
                replace(observation, start_seq=start_seq, project=self.fold.project, repo=self.fold.repo)
            )

    def _trace(self, hook_event: HookEvent) -> None:
        """Adds the rows that lead from a file or a commit to a prompt."""
        state, location = self.fold.fold_state, {"project": self.fold.project, "repo": self.fold.repo}
        state.repositories.note_event(hook_event, self.fold.project)
        prompt_seq = state.cause.prompt_seq
        self.git_acts += extract_acts(hook_event, state.staging, state.repositories, prompt_seq, **location)
        self.file_changes += extract_changes(hook_event, state.cause, state.repositories, **location)

    def _add_summary(self, summary: Summary | None) -> None:
        if summary:
            self.summaries.append(replace(summary, project=self.fold.project, repo=self.fold.repo))

    def _build_prompt(self, hook_event: HookEvent) -> Prompt:
        prompt = get_text(hook_event.data, "prompt") or get_text(hook_event.data, "text")
        stored_text = storable_text(prompt, MAX_PROMPT_CHARS)
        by_person = is_by_person(prompt) and not self.fold.fold_state.is_headless
        number = self.fold.prompts if by_person else 0
        location = self.fold.project, self.fold.repo
        return Prompt(
            hook_event.seq, hook_event.session_id, hook_event.at_us, number, by_person, stored_text, *location
        )


def is_compaction(hook_event: HookEvent) -> bool:
    """Checks whether an event is a compaction: the hook `post_compact`, or the end of a subagent without a type."""
    if hook_event.hook == "subagent_stop":
        return "agent_type" in hook_event.data and not hook_event.data["agent_type"]
    return hook_event.hook == "post_compact"


def start_projection(
    hook_events: Iterable[HookEvent],
    *,
    excluded_tools: frozenset[str] = frozenset(),
    prices: PriceTable = NO_OWN_PRICES,
) -> SessionProjection:
    """Creates the projection of a new session; does not apply the events."""
    fold = SessionFold.start(sort_events(hook_events)[0])
    return SessionProjection(fold, excluded_tools=excluded_tools, prices=prices)
