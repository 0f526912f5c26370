"""Reads an account's export back into an account: `events.archive.account_archive` the other way round.

Events keep their ids, their order and when they arrived; whose they are is said by the account that they go into. What
the account has already stays as it is, so that reading a file twice, or half of it and then all, comes to the same.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.archive import exporters
from events.archive.exporters import Carrier
from events.deletion import event_deletion
from events.store import append_rows, locations, log
from events.store.append_rows import Row
from events.store.locations import Place
from events.wire import batch_parser, envelope
from events.wire.envelope import EVENT_BYTES, NOT_TEXT, PLACE_BYTES, Refused
from events.wire.json_text import TooDeep, Value
from events.wire.timestamps import microseconds

AT_ONCE, BYTES_AT_ONCE = 500, 4_194_304  # lines, and their bytes, in one transaction
# What an export adds to an event: whose it is, when it came, and a default that was left out.
LINE_BYTES = EVENT_BYTES + 8_192


@dataclass(slots=True)
class Outcome:
    """What became of the lines so far, and which of them could not be taken: number and reason."""

    lines: int = 0
    events: int = 0
    deleted: int = 0
    records: int = 0
    known: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


def read(user_id: UUID, lines: Iterable[bytes]) -> Iterator[Outcome]:
    """Takes line after line, and says after each batch what has become of them; committed by then.

    A line that cannot be taken is named, and the others are. Raises Problem when the account is gone.
    """
    reading = _Reading(user_id)
    for number, line in enumerate(lines, start=1):
        reading.take(number, line)
        if reading.is_full():
            yield reading.store()
    yield reading.store()


class _Reading:
    def __init__(self, user_id: UUID) -> None:
        self.user_id, self.outcome = user_id, Outcome()
        self.waiting: list[_Arrival | _Grave] = []
        self.bytes = 0
        self.carriers = {name: carrier for carrier in exporters.all_of_them() for name in carrier.NAMES}

    def is_full(self) -> bool:
        return len(self.waiting) >= AT_ONCE or self.bytes >= BYTES_AT_ONCE

    def take(self, number: int, line: bytes) -> None:
        """Takes a line in. What is no event and no deletion needs the events before it."""
        self.outcome.lines = number
        if not line.strip():
            return
        try:
            read = parse(line)
            if isinstance(read, _Other):
                self.store()
                self._keep(read)
            else:
                self.waiting.append(read)
                self.bytes += len(line)
        except (ValueError, Refused) as reason:
            self.outcome.bad.append((number, str(reason.args[-1])))

    def _keep(self, record: "_Other") -> None:
        carrier: Carrier | None = self.carriers.get(record.name)
        if carrier is None:
            raise ValueError("this is neither an event nor anything else that is known here")
        if carrier.take(self.user_id, record.name, record.values):
            self.outcome.records += 1
        else:
            self.outcome.known += 1

    def store(self) -> Outcome:
        """Stores what waits, in one transaction."""
        rows = _rows(self.user_id, self.waiting)
        new = append_rows.append(rows)
        graves = sum(rows[index].body is None for index in new)
        self.outcome.events += len(new) - graves
        self.outcome.deleted += graves
        self.outcome.known += len(rows) - len(new)
        self.waiting, self.bytes = [], 0
        return self.outcome


@dataclass(frozen=True, slots=True)
class _Arrival:
    event: envelope.Event
    received_us: int


@dataclass(frozen=True, slots=True)
class _Grave:
    """An event that was deleted: its id, and where it had happened."""

    id: UUID
    place: Place | None
    received_us: int


@dataclass(frozen=True, slots=True)
class _Other:
    name: str
    values: dict[str, Any]


def parse(line: bytes) -> _Arrival | _Grave | _Other:
    """What a line says. Raises ValueError or Refused."""
    if len(line) > LINE_BYTES:
        raise ValueError("it is longer than any that an export writes")
    try:
        members = batch_parser.members(line.decode("utf-8-sig"))
    except ValueError:
        raise ValueError("it is not one JSON object in UTF-8") from None
    if len(members) != 1:
        return _arrival(members)
    ((name, (values, _)),) = members
    if not isinstance(values, dict):
        raise ValueError("it is neither an event nor a record")
    return _grave(values) if name == "deleted" else _Other(name, values)


def _arrival(members: list[tuple[str, Value]]) -> _Arrival:
    texts = dict(members)
    # The bounds are those of what was sent, and not of what an export adds to it.
    kind = texts["kind"].text if "kind" in texts else ""
    event = envelope.event(members, kind)
    return _Arrival(event, _time(texts["received_at"].value if "received_at" in texts else None))


def _time(said: Any) -> int:
    """When it arrived where it was exported; now, if that is not said or cannot have been yet."""
    now = time.time_ns() // 1_000
    instant = microseconds(said) if isinstance(said, str) else None
    return now if instant is None else min(instant, now)


def _grave(values: dict[str, Any]) -> _Grave:
    try:
        id_ = UUID(values["id"])
    except (KeyError, ValueError, AttributeError, TypeError):
        raise ValueError("it deletes nothing: `id` is the id of an event") from None
    place = Place(*(_name(values.get(part, "")) for part in Place._fields))
    return _Grave(id_, place if "project" in values else None, _time(values.get("deleted_at")))


def _name(value: Any) -> str:
    if value is TooDeep or not isinstance(value, str) or NOT_TEXT.search(value) or len(value.encode()) > PLACE_BYTES:
        raise ValueError("its place is none that an event can have")
    return value


def _rows(user_id: UUID, waiting: list[_Arrival | _Grave]) -> list[Row]:
    """As they came: a deletion stands where it stood among the events."""
    arrived = [(one.event, one.received_us) for one in waiting if isinstance(one, _Arrival)]
    events = iter(log.rows(user_id, arrived))
    graves = _numbers(user_id, [one.place for one in waiting if isinstance(one, _Grave)])
    return [
        next(events)
        if isinstance(one, _Arrival)
        else Row(user_id, one.id, graves[one.place], event_deletion.END_OF_TIME, one.received_us, None)
        for one in waiting
    ]


def _numbers(user_id: UUID, wheres: list[Place | None]) -> dict[Place | None, int]:
    found = locations.numbers((user_id, place) for place in wheres if place)
    numbers: dict[Place | None, int] = {place: number for (_, place), number in found.items()}
    return numbers | ({None: locations.nowhere(user_id)} if None in wheres else {})
