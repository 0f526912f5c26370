"""Counts the tool calls and subagents of a session, each once although two events report it. Pure.

Either event may be lost, and an event may be captured twice; the tracker therefore keeps the ids of recent calls.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_mapping
from memory.rules.call_targets import describe_target

MAX_OPEN_CALLS, MAX_FINISHED_CALLS, MAX_NAME_CHARS = 64, 64, 128


@dataclass(slots=True)
class ToolCallTracker:
    """Tracks open and finished tool calls. Fields are JSON lists and dicts, because the session's row stores them."""

    tools: int = 0
    failures: int = 0
    subagents: int = 0
    # By id: the tool's name, the start time in µs, the subagent's id, the number of the start event, and the target.
    open_calls: dict[str, list[str | int]] = field(default_factory=dict)
    finished_ids: list[str] = field(default_factory=list)
    subagent_ids: list[str] = field(default_factory=list)
    ended_subagent_ids: list[str] = field(default_factory=list)

    def counts(self) -> tuple[int, int, int]:
        return self.tools, self.failures, self.subagents

    def current_tool(self) -> tuple[str, str, int | None]:
        """Returns the tool that runs in the session itself, else in a subagent, its target and its start time in µs.

        A subagent that has ended runs nothing, although a call of it may be reported after its end.
        """
        open_calls = [call for call in self.open_calls.values() if call[2] not in self.ended_subagent_ids]
        running = [call for call in open_calls if not call[2]] or open_calls
        return (str(running[-1][0]), str(running[-1][4]), int(running[-1][1])) if running else ("", "", None)

    def list_open_calls(self) -> list[tuple[str, str]]:
        """Lists the tools and the targets of the open calls, in the order of their starts."""
        return [(str(call[0]), str(call[4])) for call in self.open_calls.values()]

    def start(self, hook_event: HookEvent) -> None:
        call_id = _call_id(hook_event)
        if call_id and call_id not in self.open_calls and call_id not in self.finished_ids:
            self.tools += 1
            self.open_calls[call_id] = [
                parse_tool_name(hook_event),
                hook_event.at_us,
                summary_line(hook_event.agent_id, MAX_NAME_CHARS),
                hook_event.seq,
                describe_target(hook_event.tool_name, get_mapping(hook_event.data, "tool_input")),
            ]
            if len(self.open_calls) > MAX_OPEN_CALLS:
                self._finish(next(iter(self.open_calls)))

    def end(self, hook_event: HookEvent, *, failed: bool) -> None:
        call_id = _call_id(hook_event)
        if call_id in self.finished_ids:
            return
        self.failures += failed
        self.tools += call_id not in self.open_calls
        if call_id:
            self._finish(call_id)

    def start_seq(self, hook_event: HookEvent) -> int | None:
        """Returns the number of the event that started this tool call; None if it is unknown."""
        call = self.open_calls.get(_call_id(hook_event))
        return int(call[3]) if call else None

    def started_us(self, hook_event: HookEvent) -> int | None:
        """Returns the start time of this tool call in µs; None if it is unknown, or if the call has ended."""
        call = self.open_calls.get(_call_id(hook_event))
        return int(call[1]) if call else None

    def is_finished(self, hook_event: HookEvent) -> bool:
        """Checks whether the end of this tool call was reported before."""
        return _call_id(hook_event) in self.finished_ids

    def start_subagent(self, agent: str) -> None:
        """Counts a subagent once; a message to a subagent that has ended starts it again."""
        name = summary_line(agent, MAX_NAME_CHARS)
        self.ended_subagent_ids = [one for one in self.ended_subagent_ids if one != name]
        if name not in self.subagent_ids:
            self.subagents += 1
            self.subagent_ids = [*self.subagent_ids, name][-MAX_OPEN_CALLS:]

    def end_subagent(self, agent: str) -> None:
        """Ends a subagent and its open tool calls; counts a subagent whose start was not reported."""
        self.start_subagent(agent)
        name = summary_line(agent, MAX_NAME_CHARS)
        self.ended_subagent_ids = [*self.ended_subagent_ids, name][-MAX_OPEN_CALLS:]
        self._finish_calls(lambda inside: inside == name)

    def end_turn(self) -> None:
        """Ends the open tool calls of the session itself; subagents may continue in the background."""
        self._finish_calls(lambda inside: not inside)

    def end_all(self) -> None:
        self._finish_calls(lambda inside: True)

    def _finish_calls(self, is_wanted: Callable[[str], bool]) -> None:
        """Finishes the open calls whose subagent, empty for the session itself, is wanted."""
        for call_id in [call_id for call_id, call in self.open_calls.items() if is_wanted(str(call[2]))]:
            self._finish(call_id)

    def _finish(self, call_id: str) -> None:
        self.open_calls.pop(call_id, None)
        self.finished_ids = [*self.finished_ids, call_id][-MAX_FINISHED_CALLS:]


def _call_id(hook_event: HookEvent) -> str:
    name = hook_event.tool_use_id
    # The ids of the client are identifiers, which the general way only copies. Each event asks several times.
    is_usual = len(name) <= MAX_NAME_CHARS and name.isascii() and name.isidentifier()
    return name if is_usual else summary_line(name, MAX_NAME_CHARS)


def parse_tool_name(hook_event: HookEvent) -> str:
    return summary_line(hook_event.tool_name, MAX_NAME_CHARS) or "tool"
