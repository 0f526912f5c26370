"""Derived rows as lines that a person can read, for the golden files."""

import json
from collections.abc import Iterable
from typing import Any

from events.wire.hook_event import HookEvent
from memory.rules.observations import Observation
from memory.rules.session_projection import SessionProjection, start_projection
from memory.rules.turn_summary import Summary

SKIPPED = frozenset({"TodoWrite", "AskUserQuestion", "Skill"})
LATER = 4_000_000_000_000_000


def derived(events: Iterable[dict[str, Any]]) -> SessionProjection:
    told = [HookEvent.parse(seq, json.dumps(one), LATER) for seq, one in enumerate(events, start=1)]
    taken = [one for one in told if one.session_id]
    made = start_projection(taken, excluded_tools=SKIPPED)
    made.apply(taken)
    return made


def lines(made: SessionProjection) -> list[str]:
    """Observations and summaries, in the order of their events."""
    told = [(one.seq, _observation(one)) for one in made.observations] + [
        (one.seq, _summary(one)) for one in made.summaries
    ]
    return [line for _, lines in sorted(told, key=lambda pair: pair[0]) for line in lines]


def _observation(one: Observation) -> list[str]:
    shown = [f"#{one.seq} {one.type}: {one.title}"]
    parts = {
        "outcome": one.outcome,
        "read": one.files_read,
        "modified": one.files_modified,
        "agent": one.agent,
        "trust": one.trust if one.trust != "tool" else "",
        "fixes": f"#{one.fixes_seq}" if one.fixes_seq else "",
        "from": f"#{one.start_seq}" if one.start_seq else "",
    }
    return shown + [f"    {name}: {value!r}" for name, value in parts.items() if value]


def _summary(one: Summary) -> list[str]:
    parts = ("request", "investigated", "learned", "completed", "next_steps", "notes", "closing")
    told = [(name, getattr(one, name)) for name in parts]
    return [f"#{one.seq} summary"] + [f"    {name}: {value!r}" for name, value in told if value]
