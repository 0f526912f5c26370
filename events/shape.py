"""Bodies of events on the wire (contract §3): JSON text in, events and reasons out. Pure."""

from dataclasses import dataclass, field

from events import usual
from events.envelope import NOT_TEXT, Event, Refused, event
from events.jsontext import Reader, Value

EVENTS = 1_000  # in one body


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


class Malformed(ValueError):
    """The body is not JSON of the expected shape; nothing of it can be taken."""


class TooMany(Exception):
    """More events than one request may carry."""


def read(body: bytes) -> tuple[Batch, bool]:
    """The events of a request body, and whether it was one bare event.

    Raises Malformed when the body is not JSON of either form, TooMany above the limit of a batch.
    """
    try:
        reader = Reader(body.decode("utf-8-sig"))
        return _read(reader)
    except ValueError as error:
        raise Malformed(str(error)) from None


def _read(reader: Reader) -> tuple[Batch, bool]:
    batch = Batch()
    if not reader.sees("{"):
        raise Malformed("a body is one event, or an object with a list `events`")
    if usually := usual.event(reader):
        reader.must_end()
        return Batch([usually]), True
    start, members = reader.at, _members(reader, into=batch)
    reader.must_end()
    if members is None:
        return batch, False
    _take(batch, 0, members, reader.text[start:])
    return batch, True


def _members(reader: Reader, *, into: Batch | None = None) -> list[tuple[str, Value]] | None:
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
    if batches and (members or batches > 1):
        raise Malformed("beside `events` a batch has no members")
    return None if batches else members


def _elements(reader: Reader, batch: Batch) -> None:
    if not reader.takes("["):
        raise Malformed("`events` is a list")
    index, more = 0, not reader.takes("]")
    while more:
        if index == EVENTS:
            raise TooMany
        is_object = reader.sees("{")
        if usually := usual.event(reader):
            batch.events.append(usually)
        elif is_object:
            start, members = reader.at, _members(reader) or []
            _take(batch, index, members, reader.text[start : reader.at])
        else:
            reader.value()
            batch.rejected.append(Rejected(index, None, "bad_id", "an event is an object"))
        index, more = index + 1, reader.more("]")


def _take(batch: Batch, index: int, members: list[tuple[str, Value]], text: str) -> None:
    try:
        batch.events.append(event(members, text))
    except Refused as reason:
        named = next((value.value for key, value in members if key == "id"), None)
        shown = named if isinstance(named, str) and not NOT_TEXT.search(named) else None
        batch.rejected.append(Rejected(index, shown and shown[:64], reason.code, reason.detail))
