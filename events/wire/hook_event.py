"""Parses events of the log for everything above it: memory, the feed and the pages. Pure, and never raises."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from events.wire import patterns
from events.wire.event_header import EventHeader, EventLocation, HostMembers, parse_header, parse_wire
from events.wire.json_values import Data, get_mapping, get_text
from events.wire.timestamps import parse_rfc3339, to_datetime

QUARTER_HOUR_US = 15 * 60 * 1_000_000
# Hook names for other kinds. The client reads the last four from the transcript.
HOOK_BY_KIND = {
    "Prompt": "prompt_submit",
    "Usage": "usage",
    "SessionTitle": "session_title",
    "Interrupted": "interrupt",
    "PullRequest": "pull_request",
}
_MAX_DISTANCE_US = 366 * 100 * 24 * 60 * 60 * 1_000_000


# A msgspec struct, since its constructor runs in C: the map of a session makes thousands of events. A property that
# costs time keeps its value in a field, since the lock of `cached_property` costs a microsecond. No value refers back
# to the event, so it needs no garbage collector.
class HookEvent(Struct, frozen=True, gc=False):
    """An event of the log, of any kind. Members that are missing or malformed are empty.

    `hook` is empty for a kind that no hook reports. `header` and `host` hold the short members.
    """

    seq: int
    text: str
    received_us: int
    kind: str
    hook: str
    header: EventHeader
    host: HostMembers
    _data: Data | None = None
    _at_us: int | None = None
    _session_id: str | None = None

    @classmethod
    def skim(cls, seq: int, text: str, received_us: int) -> Self:
        """Reads the short members of an event now, and `data` when it is read."""
        header = parse_header(text)
        kind = header.kind
        data = kind.data
        if kind.type == "HookEvent":
            return cls(seq, text, received_us, "HookEvent", data.hook, header, data.data)
        return cls(seq, text, received_us, kind.type, HOOK_BY_KIND.get(kind.type, ""), header, data)

    @classmethod
    def parse(cls, seq: int, text: str, received_us: int) -> Self:
        """Parses the whole event now."""
        event = cls.skim(seq, text, received_us)
        force_setattr(event, "_data", event._parse_data())
        return event

    @property
    def data(self) -> Data:
        """The hook JSON of the host; for a kind that is no hook event, the data of the kind."""
        data = self._data
        if data is None:
            data = self._parse_data()
            force_setattr(self, "_data", data)
        return data

    def _parse_data(self) -> Data:
        path = ("kind", "data", "data") if self.kind == "HookEvent" else ("kind", "data")
        return get_mapping(parse_wire(self.text), *path)

    @property
    def ts_us(self) -> int:
        """The event time in microseconds as the client sent it; the arrival time if that is no time."""
        ts_us = parse_rfc3339(self.header.ts)
        return self.received_us if ts_us is None else ts_us

    @property
    def at_us(self) -> int:
        """The event time in microseconds, clamped to the arrival time.

        A client whose clock runs fast thus cannot make later events look late.
        """
        at_us = self._at_us
        if at_us is None:
            at_us = min(self.ts_us, self.received_us)
            force_setattr(self, "_at_us", at_us)
        return at_us

    @property
    def sort_key(self) -> tuple[int, int]:
        return self.at_us, self.seq

    @property
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
    def session_id(self) -> str:
        """The id of the event's session; empty if the event belongs to no session."""
        session_id = self._session_id
        if session_id is None:
            session_id = self.host.session_id if patterns.SESSION_ID.fullmatch(self.host.session_id) else ""
            force_setattr(self, "_session_id", session_id)
        return session_id

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

    @property
    def location(self) -> EventLocation:
        return EventLocation(self.header.project, self.header.root, self.header.repo)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders from which paths are shown."""
        return self.header.root, self.header.project, get_text(self.data, "cwd")

    def without_payload(self) -> Self:
        """Copies what an open page keeps of an event: number, time, kind and hook."""
        return replace(self, text="", header=EventHeader(ts=self.header.ts), host=HostMembers(), _data=None)


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


def quarter_hour_index(at_us: int) -> int:
    """Returns the number of the quarter hour since 1970: the offsets of all time zones are whole quarter hours."""
    return max(0, at_us) // QUARTER_HOUR_US


def sort_events(events: Iterable[HookEvent]) -> list[HookEvent]:
    return sorted(events, key=lambda event: event.sort_key)
