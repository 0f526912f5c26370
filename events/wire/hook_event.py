"""Parses hook events for the rules of memory. Pure, and never raises: a malformed event belongs to no session."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from events.wire import patterns
from events.wire.json_text import JsonReader
from events.wire.json_values import Data, get_mapping, get_text
from events.wire.timestamps import parse_rfc3339

HALF_HOUR_US = 30 * 60 * 1_000_000
# Hook names for other kinds. The client reads `usage` from the transcript.
HOOK_BY_KIND = {"Prompt": "prompt_submit", "Usage": "usage"}


@dataclass(frozen=True, slots=True)
class HookEvent:
    """An event of a session. `data` is the hook JSON of the host, `wire_event` the whole wire event.

    `at_us` is the event time in microseconds, clamped to the arrival time, so that a client whose clock runs fast
    cannot make later events look late.
    """

    seq: int
    id: UUID
    at_us: int
    session_id: str
    hook: str
    data: Data
    wire_event: Data
    received_us: int

    @property
    def sort_key(self) -> tuple[int, int]:
        return self.at_us, self.seq

    @property
    def agent_id(self) -> str:
        """The id of the event's subagent; empty for the main agent of the session."""
        return get_text(self.data, "agent_id")


def parse_hook_event(seq: int, id_: UUID, wire: str, received_us: int) -> HookEvent | None:
    """Parses the hook event of a wire event; returns None if the event names no session."""
    event = _parse_wire(wire)
    kind = get_mapping(event, "kind")
    type_ = get_text(kind, "type")
    is_hook_event = type_ == "HookEvent"
    data = get_mapping(kind, "data", "data") if is_hook_event else get_mapping(kind, "data")
    session_id = get_text(data, "session_id")
    if not patterns.SESSION_ID.fullmatch(session_id):
        return None
    hook = get_text(kind, "data", "hook") if is_hook_event else HOOK_BY_KIND.get(type_, "")
    at_us = parse_rfc3339(get_text(event, "ts"))
    at_us = received_us if at_us is None else min(at_us, received_us)
    return HookEvent(seq, id_, at_us, session_id, hook, data, event, received_us)


def _parse_wire(wire: str) -> Data:
    try:
        return get_mapping(JsonReader(wire).read_value().value)
    except ValueError:
        return {}


def storable_text(value: str, limit: int) -> str:
    """Returns the first `limit` characters of a captured text.

    U+FFFD replaces characters that a database cannot store: NUL and lone surrogates.
    """
    start = value[:limit]
    return start if start.isascii() and "\0" not in start else patterns.INVALID_CHARS.sub("\ufffd", start)


def summary_line(value: str, limit: int) -> str:
    """Returns the first non-empty line with normalized white space; an ellipsis marks a line beyond `limit`."""
    if len(value) <= limit and value.isprintable() and value.isascii() and "  " not in value:
        return value.strip()  # fast path for nearly all values: their white space is normalized already
    start = value[: limit * 4].strip()
    first = next((words for part in start.splitlines() if (words := " ".join(part.split()))), "")
    return storable_text(first if len(first) <= limit else first[: limit - 1].rstrip() + "…", limit)


def half_hour_index(at_us: int) -> int:
    """Returns the number of the half hour since 1970, for half-hour counts. Time zones may be offset by 30 minutes."""
    return max(0, at_us) // HALF_HOUR_US


def sort_events(events: Iterable[HookEvent]) -> list[HookEvent]:
    return sorted(events, key=lambda event: event.sort_key)
