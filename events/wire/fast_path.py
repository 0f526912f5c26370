"""Usual bodies and events, as our own client writes them, read in C by msgspec. Pure.

It decides nothing by itself: what is unusual in any way, or not valid, is None here and read by `events.wire.json_text`
and `events.wire.envelope`; what is not comes out as it would there.
"""

import re
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, MsgspecError, Raw, Struct, UnsetType, defstruct
from msgspec.json import Decoder
from msgspec.structs import astuple

from events.wire.envelope import HOOK_PATTERN, MAX_EVENT_BYTES, MAX_EVENTS, MAX_LOCATION_BYTES, MAX_NESTING, WireEvent
from events.wire.timestamps import parse_rfc3339

_BODY_START = re.compile(rb'[ \t\n\r]*+\{[ \t\n\r]*+"events"[ \t\n\r]*+:[ \t\n\r]*+')
_WHITESPACE = b" \t\n\r"
# As it is kept: in lower case. Other ways to write the same id are unusual.
_LOWERCASE_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_OFFSET = len('{"id":"')
_TS_OFFSET = _ID_OFFSET + 36 + len('","ts":"')
# Four bytes are the most that a character takes.
_MAX_EVENT_CHARS, _MAX_LOCATION_CHARS = MAX_EVENT_BYTES // 4, MAX_LOCATION_BYTES // 4

_LocationText = Annotated[str, Meta(max_length=_MAX_LOCATION_CHARS)]


class _Envelope(Struct, forbid_unknown_fields=True):
    id: UUID
    ts: str
    project: _LocationText
    kind: Raw
    schema_version: Literal[1] | UnsetType = UNSET
    root: _LocationText | UnsetType = UNSET
    repo: _LocationText | UnsetType = UNSET
    client: Raw = Raw()


class _Hook(Struct):
    hook: Annotated[str, Meta(pattern=rf"\A{HOOK_PATTERN.pattern}\Z")]


class _Kind(Struct):
    type: Literal["HookEvent"]
    data: _Hook


class _EventId(Struct):
    id: str


_list_decoder, _envelope_decoder, _kind_decoder, _id_decoder = (
    Decoder(list[Raw]),
    Decoder(_Envelope),
    Decoder(_Kind),
    Decoder(_EventId),
)
# A large body may hold millions of elements: this gives up at the first that is too many. Slower for a few.
_LARGE_BODY_BYTES = 65_536  # bytes
_Bounded = defstruct(
    "_Bounded", [(f"e{n}", Raw, Raw()) for n in range(MAX_EVENTS)], array_like=True, forbid_unknown_fields=True
)
_bounded_decoder = Decoder(_Bounded)


def parse_elements(body: bytes) -> list[Raw] | None:
    """The elements of a body's list `events`, if it has no other member: each valid JSON, as it is written.

    None for a large body with more elements than a request may carry.
    """
    start, end = _BODY_START.match(body), body.rstrip(_WHITESPACE)
    if start is None or not end.endswith(b"}"):
        return None
    try:
        array = memoryview(end)[start.end() : -1]
        if len(array) <= _LARGE_BODY_BYTES:
            return _list_decoder.decode(array)
        return [element for element in astuple(_bounded_decoder.decode(array)) if element]
    except (MsgspecError, RecursionError):
        return None


def parse_event(text_bytes: bytes | Raw) -> WireEvent | None:
    """The event that this JSON text is."""
    try:
        envelope, text = _envelope_decoder.decode(text_bytes), str(text_bytes, "utf-8")
        return _check_event(envelope, text) if _is_small(text) else None
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def parse_id(text_bytes: bytes | Raw) -> str | None:
    """The `id` in this JSON text of an event."""
    try:
        return _id_decoder.decode(text_bytes).id
    except (MsgspecError, RecursionError):
        return None


def _check_event(envelope: _Envelope, text: str) -> WireEvent | None:
    event_id, ts_us = text[_ID_OFFSET : _ID_OFFSET + 36], parse_rfc3339(envelope.ts)
    kind, client = str(envelope.kind, "utf-8"), str(envelope.client, "utf-8")
    root, repo = envelope.root or "", envelope.repo or ""
    if ts_us is None or not _LOWERCASE_UUID.fullmatch(event_id) or (client and not client.startswith("{")):
        return None
    _kind_decoder.decode(envelope.kind)
    start = f'{{"id":"{event_id}","ts":"{envelope.ts}","project":"{envelope.project}",'
    version = "" if envelope.schema_version is UNSET else '"schema_version":1,'
    root_member, repo_member, client_member = (
        _format_member("root", envelope.root),
        _format_member("repo", envelope.repo),
        _format_client(client),
    )
    # Were a member there twice, or written with escapes or blanks, the text would be another.
    if text != f'{start}{version}"kind":{kind}{root_member}{repo_member}{client_member}}}':
        return None
    if not version or (root_member and repo_member):
        text = f'{start}"schema_version":1,"kind":{kind}{repo_member}{root_member}{client_member}}}'
    return WireEvent(envelope.id, ts_us, envelope.project, root, repo, text)


def _format_member(key: str, value: str | UnsetType) -> str:
    return "" if value is UNSET else f',"{key}":"{value}"'


def _format_client(text: str) -> str:
    return f',"client":{text}' if text else ""


def _is_small(text: str) -> bool:
    """Is this for certain within every limit?"""
    return len(text) <= _MAX_EVENT_CHARS and text.count("{") + text.count("[") <= MAX_NESTING
