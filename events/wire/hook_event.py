"""One event as the rules of memory see it. Pure, and never raises: whatever is malformed belongs to no session."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from events.wire import patterns
from events.wire.json_text import Reader
from events.wire.json_values import Data, mapping, text
from events.wire.timestamps import microseconds

SLOT_US = 30 * 60 * 1_000_000
# What other kinds are as a hook. `usage` is told by the client, from the transcript.
AS_HOOK = {"Prompt": "prompt_submit", "Usage": "usage"}


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a session. `data` is the hook JSON of the host tool, `event` the whole wire event.

    `at_us` is when it happened as far as that can be: no later than this server had it, so that one clock that runs
    ahead does not make everything after it look old.
    """

    seq: int
    id: UUID
    at_us: int
    session_id: str
    hook: str
    data: Data
    event: Data
    received_us: int

    @property
    def order(self) -> tuple[int, int]:
        return self.at_us, self.seq

    @property
    def agent(self) -> str:
        """The subagent that it happened in; empty for the session itself."""
        return text(self.data, "agent_id")


def read(seq: int, id_: UUID, wire: str, received_us: int) -> Happening | None:
    """The happening that this wire event tells of; None where it names no session."""
    event = _parsed(wire)
    kind = mapping(event, "kind")
    type_ = text(kind, "type")
    within = type_ == "HookEvent"
    data = mapping(kind, "data", "data") if within else mapping(kind, "data")
    session_id = text(data, "session_id")
    if not patterns.SESSION_ID.fullmatch(session_id):
        return None
    hook = text(kind, "data", "hook") if within else AS_HOOK.get(type_, "")
    at_us = microseconds(text(event, "ts"))
    at_us = received_us if at_us is None else min(at_us, received_us)
    return Happening(seq, id_, at_us, session_id, hook, data, event, received_us)


def _parsed(wire: str) -> Data:
    try:
        return mapping(Reader(wire).value().value)
    except ValueError:
        return {}


def whole(value: str, limit: int) -> str:
    """The beginning of a captured text, without what a database cannot hold (NUL, half a character)."""
    head = value[:limit]
    return head if head.isascii() and "\0" not in head else patterns.NOT_TEXT.sub("\ufffd", head)


def line(value: str, limit: int) -> str:
    """The first line that says something, its white space evened out; an ellipsis tells that it was longer."""
    if len(value) <= limit and value.isprintable() and value.isascii() and "  " not in value:
        return value.strip()  # nearly every one is such: nothing in it has to be evened out
    head = value[: limit * 4].strip()
    first = next((words for part in head.splitlines() if (words := " ".join(part.split()))), "")
    return whole(first if len(first) <= limit else first[: limit - 1].rstrip() + "…", limit)


def slot(at_us: int) -> int:
    """The half hour since 1970 that a time is in, for whoever counts; the hour begins with the half in some zones."""
    return max(0, at_us) // SLOT_US


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    return sorted(happenings, key=lambda happening: happening.order)
