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

from events.wire.envelope import EVENT_BYTES, EVENTS, HOOK, NESTING, PLACE_BYTES, Event
from events.wire.timestamps import microseconds

_BEFORE = re.compile(rb'[ \t\n\r]*+\{[ \t\n\r]*+"events"[ \t\n\r]*+:[ \t\n\r]*+')
_BLANKS = b" \t\n\r"
# As it is kept: in lower case. Other ways to write the same id are unusual.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_AT = len('{"id":"')
_TS_AT = _ID_AT + 36 + len('","ts":"')
# Four bytes are the most that a character takes.
_EVENT_CHARACTERS, _PLACE_CHARACTERS = EVENT_BYTES // 4, PLACE_BYTES // 4

_Place = Annotated[str, Meta(max_length=_PLACE_CHARACTERS)]


class _Envelope(Struct, forbid_unknown_fields=True):
    id: UUID
    ts: str
    project: _Place
    kind: Raw
    schema_version: Literal[1] | UnsetType = UNSET
    root: _Place | UnsetType = UNSET
    repo: _Place | UnsetType = UNSET
    client: Raw = Raw()


class _Hook(Struct):
    hook: Annotated[str, Meta(pattern=rf"\A{HOOK.pattern}\Z")]


class _Kind(Struct):
    type: Literal["HookEvent"]
    data: _Hook


class _Named(Struct):
    id: str


_elements, _envelope, _kind, _named = Decoder(list[Raw]), Decoder(_Envelope), Decoder(_Kind), Decoder(_Named)
# A large body may hold millions of elements: this gives up at the first that is too many. Slower for a few.
_LARGE = 65_536  # bytes
_Bounded = defstruct(
    "_Bounded", [(f"e{n}", Raw, Raw()) for n in range(EVENTS)], array_like=True, forbid_unknown_fields=True
)
_bounded = Decoder(_Bounded)


def elements(body: bytes) -> list[Raw] | None:
    """The elements of a body's list `events`, if it has no other member: each valid JSON, as it is written.

    None for a large body with more elements than a request may carry.
    """
    before, end = _BEFORE.match(body), body.rstrip(_BLANKS)
    if before is None or not end.endswith(b"}"):
        return None
    try:
        listed = memoryview(end)[before.end() : -1]
        if len(listed) <= _LARGE:
            return _elements.decode(listed)
        return [element for element in astuple(_bounded.decode(listed)) if element]
    except (MsgspecError, RecursionError):
        return None


def event(written: bytes | Raw) -> Event | None:
    """The event that this JSON text is."""
    try:
        envelope, text = _envelope.decode(written), str(written, "utf-8")
        return _event(envelope, text) if _is_small(text) else None
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def named(written: bytes | Raw) -> str | None:
    """The `id` in this JSON text of an event."""
    try:
        return _named.decode(written).id
    except (MsgspecError, RecursionError):
        return None


def _event(envelope: _Envelope, text: str) -> Event | None:
    event_id, ts_us = text[_ID_AT : _ID_AT + 36], microseconds(envelope.ts)
    kind, client = str(envelope.kind, "utf-8"), str(envelope.client, "utf-8")
    root, repo = envelope.root or "", envelope.repo or ""
    if ts_us is None or not _ID.fullmatch(event_id) or (client and not client.startswith("{")):
        return None
    _kind.decode(envelope.kind)
    begin = f'{{"id":"{event_id}","ts":"{envelope.ts}","project":"{envelope.project}",'
    version = "" if envelope.schema_version is UNSET else '"schema_version":1,'
    rooted, stored, told = _member("root", envelope.root), _member("repo", envelope.repo), _client(client)
    # Were a member there twice, or written with escapes or blanks, the text would be another.
    if text != f'{begin}{version}"kind":{kind}{rooted}{stored}{told}}}':
        return None
    if not version or (rooted and stored):
        text = f'{begin}"schema_version":1,"kind":{kind}{stored}{rooted}{told}}}'
    return Event(envelope.id, ts_us, envelope.project, root, repo, text)


def _member(key: str, value: str | UnsetType) -> str:
    return "" if value is UNSET else f',"{key}":"{value}"'


def _client(text: str) -> str:
    return f',"client":{text}' if text else ""


def _is_small(text: str) -> bool:
    """Is this for certain within every limit?"""
    return len(text) <= _EVENT_CHARACTERS and text.count("{") + text.count("[") <= NESTING
