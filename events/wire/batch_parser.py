"""Bodies of events on the wire (contract §3): JSON text in, events and reasons out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from msgspec import Raw

from events.wire import envelope, fast_path
from events.wire.envelope import NOT_TEXT, UUID_TEXT, Event, Refused
from events.wire.json_text import Reader, TooLarge, Value

EVENTS = envelope.EVENTS


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why one element of a batch was not taken. `id` is what it called itself, if that was a string."""

    index: int
    id: str | None
    code: str
    detail: str


@dataclass(slots=True)
class Batch:
    events: list[Event] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    # Ids of events to delete; None where the body names none, or where it may not.
    deleted: list[UUID] | None = None


class Malformed(ValueError):
    """The body is not JSON of the expected shape; nothing of it can be taken."""


class TooMany(Exception):
    """More events than one request may carry."""


def read(body: bytes, *, deletions: bool = False) -> tuple[Batch, bool]:
    """The events of a request body, and whether it was one bare event. Beside `events` may stand `deleted` if allowed.

    Raises Malformed when the body is not JSON of either form, TooMany above the limit of a batch.
    """
    if event := fast_path.event(body):
        return Batch([event]), True
    try:
        elements = fast_path.elements(body)
        if elements is not None and len(elements) <= EVENTS:
            return _read_elements(elements), False
        return _read(Reader(body.decode("utf-8-sig"), longest=envelope.EVENT_BYTES), deletions)
    except ValueError as error:
        raise Malformed(str(error)) from None


def members(text: str) -> list[tuple[str, Value]]:
    """The members of the object that a text is. Raises Malformed."""
    try:
        reader = Reader(text)
        found = _members(reader) or []
        reader.must_end()
    except ValueError as error:
        raise Malformed(str(error)) from None
    return found


def _read_elements(elements: Sequence[Raw]) -> Batch:
    batch = Batch()
    for index, element in enumerate(elements):
        if event := fast_path.event(element):
            batch.events.append(event)
        elif len(element) > envelope.EVENT_BYTES and bytes(memoryview(element)[:1]) == b"{":
            # Not read: that takes long, and nothing of it is kept.
            detail = f"an event is at most {envelope.EVENT_BYTES:,} bytes"
            batch.rejected.append(Rejected(index, _shown(fast_path.named(element)), "too_large", detail))
        else:
            _read_element(batch, index, Reader(str(element, "utf-8")))
    return batch


def _read(reader: Reader, deletions: bool) -> tuple[Batch, bool]:
    batch = Batch()
    if not reader.sees("{"):
        raise Malformed("a body is one event, or an object with a list `events`")
    start, members = reader.at, _members(reader, into=batch, deletions=deletions)
    reader.must_end()
    if members is None:
        return batch, False
    _take(batch, 0, members, reader.text[start:])
    return batch, True


def _members(reader: Reader, *, into: Batch | None = None, deletions: bool = False) -> list[tuple[str, Value]] | None:
    """The members of the next object; None when its `events` were taken `into` a batch instead."""
    members: list[tuple[str, Value]] = []
    batches = 0
    reader.must_take("{")
    more = not reader.takes("}")
    while more:
        key = reader.key()
        if into is not None and key == "events":
            _elements(reader, into)
            batches += 1
        else:
            members.append((key, reader.value()))
        more = reader.more("}")
    if into is not None and batches == 1 and deletions and [key for key, _ in members] == ["deleted"]:
        into.deleted = _ids(members.pop()[1].value)
    if batches and (members or batches > 1):
        raise Malformed("beside `events` a batch has no members")
    return None if batches else members


def _ids(value: Any) -> list[UUID]:
    if value is TooLarge:
        raise TooMany
    if not isinstance(value, list) or not all(isinstance(one, str) and UUID_TEXT.fullmatch(one) for one in value):
        raise Malformed("`deleted` is a list of UUIDs with their hyphens")
    if len(value) > EVENTS:
        raise TooMany
    return [UUID(one) for one in value]


def _elements(reader: Reader, batch: Batch) -> None:
    if not reader.takes("["):
        raise Malformed("`events` is a list")
    index, more = 0, not reader.takes("]")
    while more:
        if index == EVENTS:
            raise TooMany
        _read_element(batch, index, reader)
        index, more = index + 1, reader.more("]")


def _read_element(batch: Batch, index: int, reader: Reader) -> None:
    if reader.sees("{"):
        start, members = reader.at, _members(reader) or []
        _take(batch, index, members, reader.text[start : reader.at])
    else:
        reader.value()
        batch.rejected.append(Rejected(index, None, "bad_id", "an event is an object"))


def _take(batch: Batch, index: int, members: list[tuple[str, Value]], text: str) -> None:
    try:
        batch.events.append(envelope.event(members, text))
    except Refused as reason:
        named = next((value.value for key, value in members if key == "id"), None)
        batch.rejected.append(Rejected(index, _shown(named), reason.code, reason.detail))


def _shown(named: Any) -> str | None:
    """What an event calls itself, as it can be told back."""
    return named[:64] if isinstance(named, str) and not NOT_TEXT.search(named) else None
