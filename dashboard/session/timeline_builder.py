"""The state of a timeline while it is built: its turns, tool calls and agents. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.render.timeline_steps import (
    Agent,
    Compaction,
    EventStep,
    Step,
    ToolCall,
    ToolCallState,
    Turn,
)
from events.wire.hook_event import HookEvent
from events.wire.json_values import Data, get_flag, get_mapping, get_number, get_text
from memory.rules.tool_catalog import get_tool

MAX_AGENT_DEPTH = 6  # levels of nested agents; a deeper agent becomes a step of the turn
END_STATES = {
    "post_tool_use": ToolCallState.DONE,
    "post_tool_failure": ToolCallState.FAILED,
    "permission_denied": ToolCallState.DENIED,
}
# The input fields that identify the target of a tool call.
TARGET_FIELDS = ("file_path", "notebook_path", "command", "pattern", "url", "query")


@dataclass(slots=True)
class TimelineBuilder:
    """Applies events in the order in which they happened.

    `call_id_by_agent` names the tool call that started an agent.
    """

    turns: list[Turn]
    call_id_by_agent: dict[str, str] = field(default_factory=dict)
    shown_call_ids: set[str] = field(default_factory=set)  # tool calls that an earlier page shows
    calls: dict[str, ToolCall] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    compaction: Compaction | None = None

    def add_event_step(self, event: HookEvent, *, message: str = "") -> None:
        self._steps_for(event).append(EventStep(event, message))

    def _steps_for(self, event: HookEvent) -> list[Step]:
        """Returns the steps of the event's agent; the steps of the turn if it has no agent."""
        return self.find_or_add_agent(event).steps if event.agent_id else self.turns[-1].steps

    # Tool calls.

    def apply_tool_event(self, event: HookEvent) -> None:
        """Applies the start or the end of a tool call; the first of them to arrive adds the step."""
        call_id = event.tool_use_id
        if call_id in self.shown_call_ids:
            return
        call = self.calls.get(call_id) if call_id else None
        if call is None:
            call = self._start_call(call_id or f"#{event.seq}", event)
        update_call(call, event)

    def _start_call(self, call_id: str, event: HookEvent) -> ToolCall:
        call = _make_call(event)
        self._steps_for(event).append(call)
        self.calls[call_id] = call
        return call

    def apply_permission_request(self, event: HookEvent) -> None:
        """Assigns a permission dialog, which names no tool call, to the last running call with the same input."""
        name, tool_input = event.tool_name, get_mapping(event.data, "tool_input")
        waiting = (
            call for call in reversed(self.calls.values()) if call.state == ToolCallState.RUNNING and call.name == name
        )
        call = next((call for call in waiting if call.tool_input == tool_input), None)
        if call is None:
            self.add_event_step(event)
        else:
            call.permission_asked_at = event.at
            call.seqs.append(event.seq)

    def apply_later_event(self, event: HookEvent) -> None:
        """Completes a tool call or an agent of this page by an event of a later page."""
        if event.tool_use_id in self.calls and event.hook in END_STATES:
            update_call(self.calls[event.tool_use_id], event)
        elif event.agent_id in self.agents and event.hook == "subagent_stop":
            self.end_agent(event)

    def mark_lost(self, agent_id: str) -> None:
        """Marks the running tool calls of an agent as lost, because its conversation continued without their results.

        The calls were interrupted or refused, which no hook reports.
        """
        for call in self.calls.values():
            if call.state == ToolCallState.RUNNING and call.agent_id == agent_id:
                call.state = ToolCallState.LOST

    def mark_all_lost(self) -> None:
        """Marks all running tool calls and subagents as lost, because their session is over."""
        for call in self.calls.values():
            if call.state == ToolCallState.RUNNING:
                call.state = ToolCallState.LOST
        for agent in self.agents.values():
            agent.is_lost = agent.ended_at is None

    # Subagents.

    def find_or_add_agent(self, event: HookEvent) -> Agent:
        """Returns the agent of an event. A new agent belongs to the tool call that started it, else to the turn."""
        agent = self.agents.get(event.agent_id)
        if agent is None:
            call = self._find_starting_call(event)
            depth = self.agents[call.agent_id].depth + 1 if call and call.agent_id else 1
            agent = self.agents[event.agent_id] = Agent(event.agent_id, event.seq, event.at, depth=depth)
            if call is None or call.subagent or depth > MAX_AGENT_DEPTH:
                agent.depth = 1
                self.turns[-1].steps.append(agent)
            else:
                call.subagent = agent
        agent.type = agent.type or get_text(event.data, "agent_type")
        return agent

    def _find_starting_call(self, event: HookEvent) -> ToolCall | None:
        """Finds the tool call that started an agent: the call whose result names it, else the first candidate."""
        if event.agent_id in self.call_id_by_agent:
            return self.calls.get(self.call_id_by_agent[event.agent_id])
        assigned_call_ids = set(self.call_id_by_agent.values())
        candidates = (
            call
            for call_id, call in self.calls.items()
            if get_tool(call.name).family == "agent"
            and call.state == ToolCallState.RUNNING
            and not call.subagent
            and call_id not in assigned_call_ids
        )
        agent_type = get_text(event.data, "agent_type")
        return next(
            (call for call in candidates if get_text(call.tool_input, "subagent_type") in ("", agent_type)), None
        )

    def end_agent(self, event: HookEvent) -> None:
        agent = self.find_or_add_agent(event)
        agent.ended_at, agent.final_message = event.at, get_text(event.data, "last_assistant_message")
        self.mark_lost(agent.id)


def parse_finished_call(event: HookEvent) -> ToolCall:
    """Builds a tool call from its end event alone."""
    call = _make_call(event)
    update_call(call, event)
    return call


def _make_call(event: HookEvent) -> ToolCall:
    tool_input, repo = get_mapping(event.data, "tool_input"), event.header.repo
    return ToolCall([event.seq], event.at, event.tool_name, tool_input, event.folders, event.agent_id, repo)


def map_agents_to_calls(events: Iterable[HookEvent]) -> dict[str, str]:
    """Maps each agent to the tool call that started it, as the results of the calls name them."""
    agent_events = (event for event in events if get_tool(event.tool_name).family == "agent")
    pairs = ((get_text(event.data, "tool_response", "agentId"), event.tool_use_id) for event in agent_events)
    return {agent_id: call_id for agent_id, call_id in pairs if agent_id and call_id}


def update_call(call: ToolCall, event: HookEvent) -> None:
    """Applies an event to its tool call. A start event that arrives late does not undo the end."""
    if event.seq not in call.seqs:
        call.seqs.append(event.seq)
    state = END_STATES.get(event.hook)
    if state is None or call.state in (ToolCallState.DONE, ToolCallState.FAILED, ToolCallState.INTERRUPTED):
        return
    data = event.data
    call.state = ToolCallState.INTERRUPTED if get_flag(data, "is_interrupt") else state
    call.response, call.ended_at = data.get("tool_response"), event.at
    call.error = get_text(data, "error") or get_text(data, "reason")
    call.duration_ms = get_number(data, "duration_ms")
    call.tool_input = call.tool_input or get_mapping(data, "tool_input")


def link_fixed_calls(calls: Iterable[ToolCall]) -> None:
    """Links each failed call to the next successful call of the same tool on the same target."""
    fixed_by: dict[tuple[str, str], int] = {}
    for call in sorted(calls, key=lambda call: call.at, reverse=True):
        key = call.name, _call_target(call.tool_input)
        if call.has_failed:
            call.fixed_by_seq = fixed_by.get(key)
        elif call.state == ToolCallState.DONE:
            fixed_by[key] = call.seq


def _call_target(tool_input: Data) -> str:
    return next(filter(None, (get_text(tool_input, name) for name in TARGET_FIELDS)), "")
