"""Timelines in a short form that a test can be read in, and events to make them of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.render import tool_bodies
from dashboard.render.render_parts import Part
from dashboard.render.timeline_steps import Agent, Block, Compaction, Gap, Happened, Note, Turn, Use
from tests.dashboard.payloads import event

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def happened(seq: int, name: str, *, at: float | None = None, **over: Any) -> Happened:
    """A recorded payload as an event of a timeline, so many seconds (else its number) after the start."""
    return Happened(seq, START + timedelta(seconds=seq if at is None else at), event(name, **over))


def session(*steps: tuple[str, dict[str, Any]] | str) -> list[Happened]:
    """Payloads one after the other, a second apart, unless one says `at`."""
    told = [(step, {}) if isinstance(step, str) else step for step in steps]
    return [happened(seq, name, **over) for seq, (name, over) in enumerate(told, start=1)]


def bash(use: str, **over: Any) -> list[tuple[str, dict[str, Any]]]:
    """Both halves of a command's use."""
    return [("PreToolUse", {"tool_use_id": use, **over}), ("PostToolUse", {"tool_use_id": use, **over})]


def outline(turns: list[Turn]) -> list[object]:
    """Each turn's number, and what stands in it; what a subagent did is a list in it."""
    return [(turn.number, *_outlines(turn.blocks)) for turn in turns]


def _outlines(blocks: list[Block]) -> list[object]:
    return [part for block in blocks for part in _outline(block)]


def _outline(block: Block) -> list[object]:
    if isinstance(block, Use):
        return [f"{block.name} {block.state}", *(_outline(block.child) if block.child else [])]
    if isinstance(block, Agent):
        return [[block.type, *_outlines(block.blocks), "ended" if block.ended else "at work"]]
    if isinstance(block, Compaction):
        return [f"compaction {block.trigger}".strip()]
    if isinstance(block, Gap):
        return [f"gap {block.lasted.total_seconds() / 60:.0f} min"]
    assert isinstance(block, Note)
    return [block.happened.hook or block.happened.kind]


def used(name: str, given: dict[str, Any], response: object = None, **over: Any) -> Use:
    return Use([1], START, name, given, ("/home/dev/my-repo", "", ""), response=response, **over)


def body(name: str, given: dict[str, Any], response: object = None, limit: int = 20, **over: Any) -> list[Part]:
    return tool_bodies.body(used(name, given, response, **over), limit)
