"""Fast path: parses the common form of bodies and events, as our own client writes it, with msgspec (in C). Pure.

It returns None for any other form and for invalid events, to fall back to the exact parser (`events.wire.json_text`,
`events.wire.envelope`). Its results are equal to those of the exact parser.
"""

import re
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, MsgspecError, Raw, Struct, UnsetType, defstruct
from msgspec.json import Decoder
from msgspec.structs import astuple

from events.limits import MAX_EVENT_BYTES, MAX_EVENTS, MAX_LOCATION_BYTES, MAX_NESTING
from events.wire.envelope import HOOK_PATTERN, WireEvent
from events.wire.timestamps import parse_rfc3339

_BODY_START = re.compile(rb'[ \t\n\r]*+\{[ \t\n\r]*+"events"[ \t\n\r]*+:[ \t\n\r]*+')
_WHITESPACE = b" \t\n\r"
# Lower case, as the log stores ids. Other spellings of the same id go to the exact parser.
_LOWERCASE_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_OFFSET = len('{"id":"')
_TS_OFFSET = _ID_OFFSET + 36 + len('","ts":"')
# All bytes but opening brackets: deleting them counts both brackets in one pass.
_NOT_OPENING = bytes(byte for byte in range(256) if byte not in b"{[")
# A character takes at most four bytes.
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
# A large body may have millions of elements: this decoder stops at the first element beyond the limit. It is slower
# for few elements.
_LARGE_BODY_BYTES = 65_536
_Bounded = defstruct(
    "_Bounded", [(f"e{n}", Raw, Raw()) for n in range(MAX_EVENTS)], array_like=True, forbid_unknown_fields=True
)
_bounded_decoder = Decoder(_Bounded)


def parse_elements(body: bytes) -> list[Raw] | None:
    """Parses the elements of a body whose only member is the list `events`: each is valid JSON, with its exact text.

    Returns None for any other body, and for a large body with more elements than a request may have.
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
    """Parses the JSON text of an event; returns None if it is not in the common form."""
    try:
        envelope, text = _envelope_decoder.decode(text_bytes), str(text_bytes, "utf-8")
        return _check_event(envelope, text) if _is_small(text) else None
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def parse_id(text_bytes: bytes | Raw) -> str | None:
    """Parses only the `id` in the JSON text of an event; returns None if there is none."""
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
    # The texts differ if a member occurs twice, or is written with escape sequences or white space.
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
    """Returns whether a text is certainly within the limits of size and nesting."""
    return len(text) <= _MAX_EVENT_CHARS and len(text.encode().translate(None, _NOT_OPENING)) <= MAX_NESTING
