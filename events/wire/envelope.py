"""One event on the wire (contract §3): its members in, an event or the reason against it out. Pure.

What was sent is what comes back: `kind` and every other member are kept as the exact text they came as; only
the envelope around them is written anew, in one order and with the id in lower case.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from events.wire.json_text import TooDeep, Value, depth
from events.wire.timestamps import microseconds

EVENT_BYTES, NESTING, PLACE_BYTES = 1_048_576, 500, 4_096
EVENTS = 1_000  # in one body
REQUIRED = ("id", "ts", "project", "kind")
KEPT = ("ts", "project", "schema_version", "kind", "repo", "root", "client")
IGNORED = frozenset({"user_id", "received_at"})
# Why an event may not be taken; each is a problem code as well.
REASONS = (
    "bad_id",
    "bad_ts",
    "bad_project",
    "bad_kind",
    "bad_version",
    "invalid_text",
    "unknown_key",
    "duplicate_key",
    "too_large",
    "too_deep",
)

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
HOOK = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


class Event(NamedTuple):
    """A valid event. `text` is its whole wire JSON; the rest is what the log sorts and finds it by."""

    id: UUID
    ts_us: int
    project: str
    root: str
    repo: str
    text: str


class Refused(Exception):
    """This event cannot be taken."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def event(members: list[tuple[str, Value]], text: str) -> Event:
    """One event from the members of its object, whose whole text is `text`. Raises Refused."""
    _check_size(members, text)
    envelope = dict(members)
    _check_keys(members, envelope)
    event_id = _id(envelope["id"].value)
    ts_us = _ts(envelope["ts"].value)
    project, root, repo = (_place(envelope, key) for key in ("project", "root", "repo"))
    _check_version(envelope)
    check_kind(envelope["kind"].value)
    _check_client(envelope)
    return Event(event_id, ts_us, project, root, repo, _wire(event_id, envelope))


def _check_size(members: list[tuple[str, Value]], text: str) -> None:
    # Four bytes are the most that a character takes, so that short texts need no encoding to be measured.
    if len(text) * 4 > EVENT_BYTES and len(text.encode("utf-8", "surrogatepass")) > EVENT_BYTES:
        raise Refused("too_large", f"an event is at most {EVENT_BYTES:,} bytes")
    deep = any(value.value is TooDeep for _, value in members)
    if deep or (text.count("{") + text.count("[") > NESTING and depth(text) > NESTING):
        raise Refused("too_deep", f"an event is nested at most {NESTING} deep")


def _check_keys(members: list[tuple[str, Value]], envelope: dict[str, Value]) -> None:
    if len(envelope) != len(members):
        raise Refused("duplicate_key", "a member of the envelope stands there twice")
    for key in envelope:
        if key not in KEPT and key != "id" and key not in IGNORED:
            raise Refused("unknown_key", f"an event has no member {json.dumps(key[:64])}")
    for key in REQUIRED:
        if key not in envelope:
            raise Refused(f"bad_{key}", f"`{key}` is missing")


def _id(value: Any) -> UUID:
    if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
        raise Refused("bad_id", "`id` is a UUID with its hyphens")
    return UUID(value)


def _ts(value: Any) -> int:
    instant = microseconds(value) if isinstance(value, str) else None
    if instant is None:
        raise Refused("bad_ts", "`ts` is an RFC 3339 time with its offset")
    return instant


def _place(envelope: dict[str, Value], key: str) -> str:
    if key not in envelope:
        return ""
    value = envelope[key].value
    if not isinstance(value, str):
        raise Refused("bad_project", f"`{key}` is a string")
    _check_text(value, key)
    if len(value.encode()) > PLACE_BYTES:
        raise Refused("bad_project", f"`{key}` is at most {PLACE_BYTES:,} bytes")
    return value


def _check_text(value: str, name: str) -> None:
    if NOT_TEXT.search(value):
        raise Refused("invalid_text", f"`{name}` holds a NUL or half a character")


def _check_version(envelope: dict[str, Value]) -> None:
    version = envelope["schema_version"].value if "schema_version" in envelope else 1
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**31:
        raise Refused("bad_version", "`schema_version` is an integer from 1 to 2147483647")


def check_kind(kind: Any) -> None:
    if not isinstance(kind, dict):
        raise Refused("bad_kind", "`kind` is an object")
    name, data = kind.get("type"), kind.get("data")
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        raise Refused("bad_kind", "`kind.type` is a string of 1 to 64 characters")
    _check_text(name, "kind.type")
    if not isinstance(data, dict):
        raise Refused("bad_kind", "`kind.data` is an object")
    if name in KNOWN:
        KNOWN[name](data)


def _check_hook_event(data: dict[str, Any]) -> None:
    hook = data.get("hook")
    if isinstance(hook, str):
        _check_text(hook, "kind.data.hook")
    if not isinstance(hook, str) or not HOOK.fullmatch(hook):
        raise Refused("bad_kind", "`kind.data.hook` is a snake_case name of 1 to 64 characters")


# Kinds whose data has a shape of its own; any other is kept unread.
KNOWN: dict[str, Callable[[dict[str, Any]], None]] = {"HookEvent": _check_hook_event}


def _check_client(envelope: dict[str, Value]) -> None:
    if "client" in envelope and not isinstance(envelope["client"].value, dict):
        raise Refused("unknown_key", "`client` is an object")


def _wire(event_id: UUID, envelope: dict[str, Value]) -> str:
    return "{" + ",".join(_wire_members(event_id, envelope)) + "}"


def _wire_members(event_id: UUID, envelope: dict[str, Value]) -> Iterator[str]:
    yield f'"id":"{event_id}"'
    for key in KEPT:
        if key in envelope:
            yield f'"{key}":{envelope[key].text}'
        elif key == "schema_version":
            yield '"schema_version":1'
