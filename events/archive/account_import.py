"""Imports an export of an account (`events.archive.account_archive`) into an account.

Events keep their ids, their order and their times of arrival, and get the account as their owner. Events and records
that the account already has stay unchanged, so that importing a file twice, or half of it and then all, gives the same.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.archive import exporters
from events.archive.exporters import AccountExporter
from events.limits import MAX_LINE_BYTES, MAX_LOCATION_BYTES
from events.store import drafts, log
from events.store.drafts import Arrival, Tombstone
from events.wire import batch_parser, envelope
from events.wire.envelope import INVALID_CHARS, InvalidEvent
from events.wire.event_header import EventLocation
from events.wire.json_text import JsonValue, TooDeep
from events.wire.timestamps import parse_rfc3339

LINE_BATCH_SIZE, MAX_BATCH_BYTES = 500, 4_194_304  # lines, and their bytes, in one transaction


@dataclass(slots=True)
class ImportResult:
    """Counts of the lines so far, and the rejected lines with number and reason."""

    lines: int = 0
    events: int = 0
    deleted: int = 0
    records: int = 0
    duplicates: int = 0
    rejected_lines: list[tuple[int, str]] = field(default_factory=list)


def import_lines(user_id: UUID, lines: Iterable[bytes]) -> Iterator[ImportResult]:
    """Imports lines and yields the result after each batch, which is committed by then.

    A rejected line is reported, the others are imported. Raises Problem if the account was deleted.
    """
    importer = _Importer(user_id)
    for number, line in enumerate(lines, start=1):
        importer.add_line(number, line)
        if importer.is_full():
            yield importer.flush()
    yield importer.flush()


class _Importer:
    def __init__(self, user_id: UUID) -> None:
        self.user_id, self.result = user_id, ImportResult()
        self.pending: list[Arrival | Tombstone] = []
        self.pending_bytes = 0
        self.exporters = {name: exporter for exporter in exporters.load_exporters() for name in exporter.RECORD_NAMES}

    def is_full(self) -> bool:
        return len(self.pending) >= LINE_BATCH_SIZE or self.pending_bytes >= MAX_BATCH_BYTES

    def add_line(self, number: int, line: bytes) -> None:
        """Adds a line. A record that is no event and no deletion needs the earlier events, which are stored first."""
        self.result.lines = number
        if not line.strip():
            return
        try:
            parsed = parse_line(line)
            if isinstance(parsed, _OtherRecord):
                self.flush()
                self._import_record(parsed)
            else:
                self.pending.append(parsed)
                self.pending_bytes += len(line)
        except (ValueError, InvalidEvent) as error:
            self.result.rejected_lines.append((number, str(error.args[-1])))

    def _import_record(self, record: "_OtherRecord") -> None:
        exporter: AccountExporter | None = self.exporters.get(record.name)
        if exporter is None:
            raise ValueError("this is neither an event nor a record that this server knows")
        if exporter.import_record(self.user_id, record.name, record.values):
            self.result.records += 1
        else:
            self.result.duplicates += 1

    def flush(self) -> ImportResult:
        """Stores the pending lines in one transaction."""
        (appended,) = log.append([drafts.prepare_import(self.user_id, self.pending)])
        tombstones = sum(isinstance(self.pending[index], Tombstone) for index in appended.new_indices)
        self.result.events += appended.accepted - tombstones
        self.result.deleted += tombstones
        self.result.duplicates += appended.duplicates
        self.pending, self.pending_bytes = [], 0
        return self.result


@dataclass(frozen=True, slots=True)
class _OtherRecord:
    name: str
    values: dict[str, Any]


def parse_line(line: bytes) -> Arrival | Tombstone | _OtherRecord:
    """Parses a line. Raises ValueError or InvalidEvent."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError("it is longer than any line of an export")
    try:
        members = batch_parser.parse_members(line.decode("utf-8-sig"))
    except ValueError:
        raise ValueError("it is not one JSON object in UTF-8") from None
    if len(members) != 1:
        return _parse_event(members)
    ((name, (values, _)),) = members
    if not isinstance(values, dict):
        raise ValueError("it is neither an event nor a record")
    return _parse_tombstone(values) if name == "deleted" else _OtherRecord(name, values)


def _parse_event(members: list[tuple[str, JsonValue]]) -> Arrival:
    values = dict(members)
    # The limits apply to the event as it was sent, not to the members that an export adds.
    kind = values["kind"].text if "kind" in values else ""
    event = envelope.parse_event(members, kind)
    return Arrival(event, _parse_received_at(values["received_at"].value if "received_at" in values else None))


def _parse_received_at(value: Any) -> int:
    """The time of arrival at the exporting server; now if it is missing or in the future."""
    now = time.time_ns() // 1_000
    instant = parse_rfc3339(value) if isinstance(value, str) else None
    return now if instant is None else min(instant, now)


def _parse_tombstone(values: dict[str, Any]) -> Tombstone:
    try:
        id_ = UUID(values["id"])
    except (KeyError, ValueError, AttributeError, TypeError):
        raise ValueError("it names no deleted event: `id` must be a UUID") from None
    location = EventLocation(*(_parse_location_name(values.get(part, "")) for part in EventLocation._fields))
    return Tombstone(id_, location if "project" in values else None, _parse_received_at(values.get("deleted_at")))


def _parse_location_name(value: Any) -> str:
    if (
        value is TooDeep
        or not isinstance(value, str)
        or INVALID_CHARS.search(value)
        or len(value.encode()) > MAX_LOCATION_BYTES
    ):
        raise ValueError("its location is not valid")
    return value
