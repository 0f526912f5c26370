"""A short form of timelines that is easy to read in tests, and events for timelines."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.render import tool_bodies
from dashboard.render.render_parts import RenderPart
from dashboard.render.timeline_steps import Agent, Compaction, EventStep, Gap, Step, ToolCall, Turn
from events.wire.hook_event import HookEvent
from tests.dashboard.payloads import event

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATER_US = 2_000_000_000_000_000


def parsed(event: object, seq: int = 1) -> HookEvent:
    """Parses an event of any shape that arrived long after its time. JSON has no infinity: writes it as `1e400`."""
    text = json.dumps(event).replace("Infinity", "1e400").replace("NaN", "1e400")
    return HookEvent.parse(seq, text, LATER_US)


def happened(seq: int, name: str, *, at: float | None = None, **over: Any) -> HookEvent:
    """Returns a recorded payload as an event of a timeline, `at` seconds after the start (default: its number)."""
    time = START + timedelta(seconds=seq if at is None else at)
    return parsed(event(name, ts=time.isoformat(), **over), seq)


def session(*steps: tuple[str, dict[str, Any]] | str) -> list[HookEvent]:
    """Returns the payloads as events, one second apart, unless a payload has its own `at`."""
    told = [(step, {}) if isinstance(step, str) else step for step in steps]
    return [happened(seq, name, **over) for seq, (name, over) in enumerate(told, start=1)]


def bash(use: str, **over: Any) -> list[tuple[str, dict[str, Any]]]:
    """Returns the call and the result of a command."""
    return [("PreToolUse", {"tool_use_id": use, **over}), ("PostToolUse", {"tool_use_id": use, **over})]


def outline(turns: list[Turn]) -> list[object]:
    """Returns for each turn its number and its steps. The steps of a subagent are a list within it."""
    return [(turn.number, *_outlines(turn.steps)) for turn in turns]


def _outlines(blocks: list[Step]) -> list[object]:
    return [part for block in blocks for part in _outline(block)]


def _outline(block: Step) -> list[object]:
    if isinstance(block, ToolCall):
        return [f"{block.name} {block.state}", *(_outline(block.subagent) if block.subagent else [])]
    if isinstance(block, Agent):
        return [[block.type, *_outlines(block.steps), "ended" if block.ended_at else "at work"]]
    if isinstance(block, Compaction):
        return [f"compaction {block.trigger}".strip()]
    if isinstance(block, Gap):
        return [f"gap {block.duration.total_seconds() / 60:.0f} min"]
    assert isinstance(block, EventStep)
    return [block.event.hook or block.event.kind]


def used(name: str, given: dict[str, Any], response: object = None, **over: Any) -> ToolCall:
    return ToolCall([1], START, name, given, ("/home/dev/my-repo", "", ""), response=response, **over)


def body(name: str, given: dict[str, Any], response: object = None, limit: int = 20, **over: Any) -> list[RenderPart]:
    return tool_bodies.render_body(used(name, given, response, **over), limit)
