"""Parses events of the log for everything above it: memory, the feed and the pages. Pure, and never raises."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Self

from msgspec import Struct

from events.wire import patterns
from events.wire.event_header import EventHeader, EventLocation, HostMembers, parse_header, parse_wire
from events.wire.json_values import Data, get_mapping
from events.wire.timestamps import parse_rfc3339, to_datetime

HALF_HOUR_US = 30 * 60 * 1_000_000
# Hook names for other kinds. The client reads `usage` from the transcript.
HOOK_BY_KIND = {"Prompt": "prompt_submit", "Usage": "usage"}
_MAX_DISTANCE_US = 366 * 100 * 24 * 60 * 60 * 1_000_000


# A msgspec struct, since its constructor runs in C: the map of a session makes thousands of events.
class HookEvent(Struct, frozen=True, dict=True):
    """An event of the log, of any kind. Members that are missing or malformed are empty.

    `hook` is empty for a kind that no hook reports. `header` and `host` hold the short members; `wire_event`, the whole
    wire event, is parsed when it is first read.
    """

    seq: int
    text: str
    received_us: int
    kind: str
    hook: str
    header: EventHeader
    host: HostMembers

    @classmethod
    def skim(cls, seq: int, text: str, received_us: int) -> Self:
        """Reads the short members of an event now, and the other members when they are read."""
        header = parse_header(text)
        kind, data = header.kind.type, header.kind.data
        if kind == "HookEvent":
            return cls(seq, text, received_us, kind, data.hook, header, data.data)
        return cls(seq, text, received_us, kind, HOOK_BY_KIND.get(kind, ""), header, data)

    @classmethod
    def parse(cls, seq: int, text: str, received_us: int) -> Self:
        """Parses the whole event now."""
        event = cls.skim(seq, text, received_us)
        _ = event.data
        return event

    @cached_property
    def wire_event(self) -> Data:
        return parse_wire(self.text)

    @cached_property
    def data(self) -> Data:
        """The hook JSON of the host; for a kind that is no hook event, the data of the kind."""
        path = ("kind", "data", "data") if self.kind == "HookEvent" else ("kind", "data")
        return get_mapping(self.wire_event, *path)

    @cached_property
    def ts_us(self) -> int:
        """The event time in microseconds as the client sent it; the arrival time if that is no time."""
        ts_us = parse_rfc3339(self.header.ts)
        return self.received_us if ts_us is None else ts_us

    @cached_property
    def at_us(self) -> int:
        """The event time in microseconds, clamped to the arrival time.

        A client whose clock runs fast thus cannot make later events look late.
        """
        return min(self.ts_us, self.received_us)

    @cached_property
    def at(self) -> datetime:
        """`at_us` as a page shows it."""
        return self._to_page_time(self.at_us)

    @property
    def sent_at(self) -> datetime:
        """`ts_us` as a page shows it: the log orders events by this time."""
        return self._to_page_time(self.ts_us)

    def _to_page_time(self, time_us: int) -> datetime:
        """Converts a time to UTC; a time more than 100 years from 1970 to the arrival time."""
        return to_datetime(time_us if abs(time_us) <= _MAX_DISTANCE_US else self.received_us)

    @property
    def sort_key(self) -> tuple[int, int]:
        return self.at_us, self.seq

    @property
    def location(self) -> EventLocation:
        return EventLocation(self.header.project, self.header.root, self.header.repo)

    @property
    def client(self) -> Data:
        """What the client says of itself: its name, the machine, the branch."""
        return get_mapping(self.wire_event, "client")

    @cached_property
    def session_id(self) -> str:
        """The id of the event's session; empty if the event belongs to no session."""
        return self.host.session_id if patterns.SESSION_ID.fullmatch(self.host.session_id) else ""

    @property
    def agent_id(self) -> str:
        """The id of the event's subagent; empty for the main agent of the session."""
        return self.host.agent_id

    @property
    def tool_name(self) -> str:
        return self.host.tool_name

    @property
    def tool_use_id(self) -> str:
        return self.host.tool_use_id


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
