"""Where the tool calls of a session began: a step of a timeline has the number of its first event. Pure."""

from dataclasses import dataclass, field

from events.wire.hook_event import HookEvent


@dataclass(slots=True)
class CallStarts:
    """The numbers of the events that started tool calls: a step of the timeline has the number of its first event."""

    seq_by_id: dict[str, int] = field(default_factory=dict)

    def note(self, event: HookEvent) -> None:
        if event.hook == "pre_tool_use" and event.host.tool_use_id:
            self.seq_by_id.setdefault(event.host.tool_use_id, event.seq)

    def find(self, event: HookEvent) -> int:
        return self.seq_by_id.get(event.tool_use_id, event.seq)
