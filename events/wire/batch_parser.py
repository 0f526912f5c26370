"""Parses request bodies of events (contract §3) into events and rejections. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from msgspec import Raw

from events import limits
from events.wire import envelope, fast_path
from events.wire.envelope import INVALID_CHARS, UUID_PATTERN, InvalidEvent, WireEvent
from events.wire.json_text import JsonReader, JsonValue, TooLarge


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected element of a batch, with the reason. `id` is the element's own id if it is a string."""

    index: int
    id: str | None
    code: str
    detail: str


@dataclass(slots=True)
class ParsedBatch:
    events: list[WireEvent] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    # Ids of events to delete; None if the body has none or must not have them.
    deleted_ids: list[UUID] | None = None


class MalformedBody(ValueError):
    """The body is not JSON of the expected form; the whole body is rejected."""


class TooManyEvents(Exception):
    """The body has more events than one request may have."""


def parse_body(body: bytes, *, allow_deletions: bool = False) -> tuple[ParsedBatch, bool]:
    """Parses a request body. Returns its events, and whether the body is one single event instead of a list.

    With `allow_deletions`, `deleted` may accompany `events`. Raises MalformedBody if the body is not JSON of either
    form, TooManyEvents above the limit of a batch.
    """
    if event := fast_path.parse_event(body):
        return ParsedBatch([event]), True
    try:
        elements = fast_path.parse_elements(body)
        if elements is not None and len(elements) <= limits.MAX_EVENTS:
            return _parse_elements(elements), False
        return _parse_exactly(JsonReader(body.decode("utf-8-sig"), max_chars=limits.MAX_EVENT_BYTES), allow_deletions)
    except ValueError as error:
        raise MalformedBody(str(error)) from None


def parse_parts(body: bytes, *, size: int) -> Iterator[ParsedBatch] | None:
    """Parses a list of events in parts of `size`, so that the first are stored while the rest is parsed.

    Returns None for a body that must be parsed whole, since it is unusual or may be refused as a whole. All of the JSON
    of any other body is valid, so that the parts raise nothing.
    """
    elements = fast_path.parse_elements(body)
    if elements is None or len(elements) > limits.MAX_EVENTS or not _is_utf8(body):
        return None
    starts = range(0, len(elements), size)
    return (_parse_elements(elements[start : start + size], first_index=start) for start in starts)


def _is_utf8(body: bytes) -> bool:
    """Returns whether a body is UTF-8, which msgspec does not check in the elements that it only delimits."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def parse_members(text: str) -> list[tuple[str, JsonValue]]:
    """Parses the members of a JSON object. Raises MalformedBody."""
    try:
        reader = JsonReader(text)
        found = _parse_object(reader) or []
        reader.expect_end()
    except ValueError as error:
        raise MalformedBody(str(error)) from None
    return found


def _parse_elements(elements: Sequence[Raw], first_index: int = 0) -> ParsedBatch:
    batch = ParsedBatch()
    for index, element in enumerate(elements, first_index):
        if event := fast_path.parse_event(element):
            batch.events.append(event)
        elif len(element) > limits.MAX_EVENT_BYTES and bytes(memoryview(element)[:1]) == b"{":
            # Not parsed: that takes long, and the event is rejected anyway.
            detail = f"an event may have at most {limits.MAX_EVENT_BYTES:,} bytes"
            batch.rejected.append(Rejection(index, _printable_id(fast_path.parse_id(element)), "too_large", detail))
        else:
            _parse_element(batch, index, JsonReader(str(element, "utf-8")))
    return batch


def _parse_exactly(reader: JsonReader, allow_deletions: bool) -> tuple[ParsedBatch, bool]:
    batch = ParsedBatch()
    if not reader.next_is("{"):
        raise MalformedBody("a body must be one event or an object with a list `events`")
    start, members = reader.position, _parse_object(reader, into=batch, allow_deletions=allow_deletions)
    reader.expect_end()
    if members is None:
        return batch, False
    _add_event(batch, 0, members, reader.text[start:])
    return batch, True


def _parse_object(
    reader: JsonReader, *, into: ParsedBatch | None = None, allow_deletions: bool = False
) -> list[tuple[str, JsonValue]] | None:
    """Parses the members of the next object. Returns None if its `events` were added to the batch `into`."""
    members: list[tuple[str, JsonValue]] = []
    event_lists = 0
    reader.expect("{")
    more = not reader.accept("}")
    while more:
        key = reader.read_key()
        if into is not None and key == "events":
            _parse_list(reader, into)
            event_lists += 1
        else:
            members.append((key, reader.read_value()))
        more = reader.has_more("}")
    if into is not None and event_lists == 1 and allow_deletions and [key for key, _ in members] == ["deleted"]:
        into.deleted_ids = _parse_ids(members.pop()[1].value)
    if event_lists and (members or event_lists > 1):
        raise MalformedBody("a batch has no members besides `events`")
    return None if event_lists else members


def _parse_ids(value: Any) -> list[UUID]:
    if value is TooLarge:
        raise TooManyEvents
    if not isinstance(value, list) or not all(isinstance(one, str) and UUID_PATTERN.fullmatch(one) for one in value):
        raise MalformedBody("`deleted` must be a list of UUIDs with hyphens")
    if len(value) > limits.MAX_EVENTS:
        raise TooManyEvents
    return [UUID(one) for one in value]


def _parse_list(reader: JsonReader, batch: ParsedBatch) -> None:
    if not reader.accept("["):
        raise MalformedBody("`events` must be a list")
    index, more = 0, not reader.accept("]")
    while more:
        if index == limits.MAX_EVENTS:
            raise TooManyEvents
        _parse_element(batch, index, reader)
        index, more = index + 1, reader.has_more("]")


def _parse_element(batch: ParsedBatch, index: int, reader: JsonReader) -> None:
    if reader.next_is("{"):
        start, members = reader.position, _parse_object(reader) or []
        _add_event(batch, index, members, reader.text[start : reader.position])
    else:
        reader.read_value()
        batch.rejected.append(Rejection(index, None, "bad_id", "an event must be an object"))


def _add_event(batch: ParsedBatch, index: int, members: list[tuple[str, JsonValue]], text: str) -> None:
    try:
        batch.events.append(envelope.parse_event(members, text))
    except InvalidEvent as error:
        id_value = next((value.value for key, value in members if key == "id"), None)
        batch.rejected.append(Rejection(index, _printable_id(id_value), error.code, error.detail))


def _printable_id(id_value: Any) -> str | None:
    """Returns the id of a rejected event for the response, up to 64 characters, or None if it is not valid text."""
    return id_value[:64] if isinstance(id_value, str) and not INVALID_CHARS.search(id_value) else None
