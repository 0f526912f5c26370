"""Validates one event on the wire (contract §3): returns the event or raises the reason of its rejection. Pure.

`kind` and every other member keep the exact text that was sent. Only the envelope around them is formatted again, in
a fixed order and with the id in lower case.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from events import limits
from events.wire.json_text import JsonValue, TooDeep, nesting_depth
from events.wire.timestamps import parse_rfc3339

REQUIRED_MEMBERS = ("id", "ts", "project", "kind")
KNOWN_MEMBERS = ("ts", "project", "schema_version", "kind", "repo", "root", "client")
IGNORED_MEMBERS = frozenset({"user_id", "received_at"})
# Reasons of a rejection; each is also a problem code.
REJECTION_CODES = (
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

UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
HOOK_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
INVALID_CHARS = re.compile("[\x00\ud800-\udfff]")


class WireEvent(NamedTuple):
    """A valid event. `text` is its whole wire JSON; the log orders and finds events by the other fields."""

    id: UUID
    ts_us: int
    project: str
    root: str
    repo: str
    text: str


class InvalidEvent(Exception):
    """The event is rejected; `code` is one of `REJECTION_CODES`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


def parse_event(members: list[tuple[str, JsonValue]], text: str) -> WireEvent:
    """Parses one event from the members and the whole text of its object. Raises InvalidEvent."""
    _check_size(members, text)
    envelope = dict(members)
    _check_keys(members, envelope)
    event_id = _parse_id(envelope["id"].value)
    ts_us = _parse_ts(envelope["ts"].value)
    project, root, repo = (_parse_location(envelope, key) for key in ("project", "root", "repo"))
    _check_version(envelope)
    check_kind(envelope["kind"].value)
    _check_client(envelope)
    return WireEvent(event_id, ts_us, project, root, repo, _format_wire(event_id, envelope))


def _check_size(members: list[tuple[str, JsonValue]], text: str) -> None:
    # A character takes at most four bytes, so a short text need not be encoded to check its size.
    if len(text) * 4 > limits.MAX_EVENT_BYTES and len(text.encode("utf-8", "surrogatepass")) > limits.MAX_EVENT_BYTES:
        raise InvalidEvent("too_large", f"an event may have at most {limits.MAX_EVENT_BYTES:,} bytes")
    is_too_deep = any(value.value is TooDeep for _, value in members)
    if is_too_deep or (
        text.count("{") + text.count("[") > limits.MAX_NESTING and nesting_depth(text) > limits.MAX_NESTING
    ):
        raise InvalidEvent("too_deep", f"an event may have at most {limits.MAX_NESTING} levels of nesting")


def _check_keys(members: list[tuple[str, JsonValue]], envelope: dict[str, JsonValue]) -> None:
    if len(envelope) != len(members):
        raise InvalidEvent("duplicate_key", "a member of the envelope occurs twice")
    for key in envelope:
        if key not in KNOWN_MEMBERS and key != "id" and key not in IGNORED_MEMBERS:
            raise InvalidEvent("unknown_key", f"unknown member {json.dumps(key[:64])}")
    for key in REQUIRED_MEMBERS:
        if key not in envelope:
            raise InvalidEvent(f"bad_{key}", f"`{key}` is missing")


def _parse_id(value: Any) -> UUID:
    if not isinstance(value, str) or not UUID_PATTERN.fullmatch(value):
        raise InvalidEvent("bad_id", "`id` must be a UUID with hyphens")
    return UUID(value)


def _parse_ts(value: Any) -> int:
    instant = parse_rfc3339(value) if isinstance(value, str) else None
    if instant is None:
        raise InvalidEvent("bad_ts", "`ts` must be an RFC 3339 time with offset")
    return instant


def _parse_location(envelope: dict[str, JsonValue], key: str) -> str:
    if key not in envelope:
        return ""
    value = envelope[key].value
    if not isinstance(value, str):
        raise InvalidEvent("bad_project", f"`{key}` must be a string")
    _check_text(value, key)
    if len(value.encode()) > limits.MAX_LOCATION_BYTES:
        raise InvalidEvent("bad_project", f"`{key}` may have at most {limits.MAX_LOCATION_BYTES:,} bytes")
    return value


def _check_text(value: str, name: str) -> None:
    if INVALID_CHARS.search(value):
        raise InvalidEvent("invalid_text", f"`{name}` contains a NUL or a lone surrogate")


def _check_version(envelope: dict[str, JsonValue]) -> None:
    version = envelope["schema_version"].value if "schema_version" in envelope else 1
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**31:
        raise InvalidEvent("bad_version", "`schema_version` must be an integer from 1 to 2147483647")


def check_kind(kind: Any) -> None:
    if not isinstance(kind, dict):
        raise InvalidEvent("bad_kind", "`kind` must be an object")
    name, data = kind.get("type"), kind.get("data")
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        raise InvalidEvent("bad_kind", "`kind.type` must be a string of 1 to 64 characters")
    _check_text(name, "kind.type")
    if not isinstance(data, dict):
        raise InvalidEvent("bad_kind", "`kind.data` must be an object")
    if name in KIND_CHECKS:
        KIND_CHECKS[name](data)


def _check_hook_event(data: dict[str, Any]) -> None:
    hook = data.get("hook")
    if isinstance(hook, str):
        _check_text(hook, "kind.data.hook")
    if not isinstance(hook, str) or not HOOK_PATTERN.fullmatch(hook):
        raise InvalidEvent("bad_kind", "`kind.data.hook` must be a snake_case name of 1 to 64 characters")


# Checks for the data of known kinds. The data of other kinds is not validated.
KIND_CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {"HookEvent": _check_hook_event}


def _check_client(envelope: dict[str, JsonValue]) -> None:
    if "client" in envelope and not isinstance(envelope["client"].value, dict):
        raise InvalidEvent("unknown_key", "`client` must be an object")


def _format_wire(event_id: UUID, envelope: dict[str, JsonValue]) -> str:
    return "{" + ",".join(_wire_members(event_id, envelope)) + "}"


def _wire_members(event_id: UUID, envelope: dict[str, JsonValue]) -> Iterator[str]:
    yield f'"id":"{event_id}"'
    for key in KNOWN_MEMBERS:
        if key in envelope:
            yield f'"{key}":{envelope[key].text}'
        elif key == "schema_version":
            yield '"schema_version":1'
