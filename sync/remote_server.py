"""The other side as this one speaks with it: the same API that anybody has."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from events.wire import batch_parser, envelope, patterns
from events.wire.json_text import Reader, Value
from sync.http_client import Wire, one_line
from sync.models import Link
from sync.sync_errors import Halted, Later, TooLarge

MOST = batch_parser.EVENTS  # events in one request
PAGE_BYTES = 8 * 1_048_576  # what a page is meant to have
FIRST_PAGE = 100  # events; then as many as the last ones let expect
LONGEST_CURSOR = 200
AGENT = f"memfog-sync/{settings.VERSION}"

# What the log adds to an event that was sent without it: it may make one a little larger than one may be sent.
_VERSION = ',"schema_version":1,'


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of events that were sent; `refused` holds their ids, with code and detail."""

    accepted: int
    refused: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    events: list[envelope.Event]
    unreadable: list[batch_parser.Rejected]
    deleted: list[UUID]
    cursor: str
    mark: str


class Other:
    """Raises what `sync.sync_errors` knows."""

    def __init__(self, link: Link, token: str) -> None:
        self._project = link.project
        self._wire = Wire(link.url, token=token, agent=AGENT)
        self._limit = FIRST_PAGE

    def close(self) -> None:
        self._wire.close()

    def whose(self) -> UUID:
        return whose(self._wire)

    def push(self, events: Sequence[tuple[str, bytes]]) -> Pushed:
        """Stores these events there, each an id and its text; in smaller heaps where they are too large together."""
        try:
            answer = _object(self._wire.post("/sync/push", b'{"events":[' + b",".join(t for _, t in events) + b"]}"))
        except TooLarge as error:
            if len(events) == 1:
                return Pushed(0, [(events[0][0], "too_large", str(error))])
            half = len(events) // 2
            parts = [self.push(events[:half]), self.push(events[half:])]
            return Pushed(sum(part.accepted for part in parts), [one for part in parts for one in part.refused])
        refused = [_refusal(events, rejected) for rejected in answer.get("rejected", ())]
        return Pushed(_count(answer, "accepted"), refused)

    def delete(self, ids: Sequence[UUID]) -> int:
        """Deletes these there, also those that have not come there yet. How many that was news for."""
        body = {"events": [], "deleted": [str(id_) for id_ in ids]}
        return _count(_object(self._wire.post("/sync/push", json.dumps(body).encode())), "deleted")

    def pull(self, cursor: str, mark: str) -> Page:
        """The next page of the log over there; without anything on it at the end."""
        while True:
            asked: dict[str, Any] = {"cursor": cursor, "mark": mark, "limit": self._limit}
            if self._project:
                asked["project"] = self._project
            try:
                body = self._wire.post("/sync/pull", json.dumps(asked).encode())
                break
            except TooLarge:
                if self._limit == 1:
                    raise Halted("One event over there is larger than any may be.") from None
                self._limit = max(1, self._limit // 4)
        page = read_page(body)
        if count := len(page.events) + len(page.deleted):
            self._limit = max(1, min(MOST, PAGE_BYTES * count // len(body)))
        return page


def whose(wire: Wire) -> UUID:
    """The account behind the token."""
    try:
        return UUID(_object(wire.get("/me"))["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _stranger() from None


def slim(text: str) -> str:
    """The event as small as it may once have been sent: for one that the log's own addition makes too large."""
    large = len(text.encode()) > envelope.EVENT_BYTES
    return text.replace(_VERSION, ",", 1) if large else text


def read_page(body: bytes) -> Page:
    """A page of pull. Its events are cut out of its text, so that each is what it was."""
    try:
        members = _members(Reader(body.decode()))
        batch, _ = batch_parser.read(f'{{"events":[{",".join(members.texts)}]}}'.encode())
        told = members.told
        cursor, mark = str(told["next_cursor"].value), str(told["mark"].value if "mark" in told else "")
        deleted = [UUID(one) for one in told["deleted"].value] if "deleted" in told else []
    except (ValueError, KeyError, TypeError, AttributeError, batch_parser.TooMany):
        raise _stranger() from None
    if len(cursor) > LONGEST_CURSOR or len(mark) > LONGEST_CURSOR:
        raise _stranger()
    return Page(batch.events, batch.rejected, deleted, cursor, mark)


@dataclass(frozen=True, slots=True)
class _Members:
    texts: list[str]
    told: dict[str, Value]


def _members(reader: Reader) -> _Members:
    members = _Members([], {})
    reader.must_take("{")
    more = not reader.takes("}")
    while more:
        key = reader.key()
        if key == "events":
            members.texts.extend(_events(reader))
        else:
            members.told[key] = reader.value()
        more = reader.more("}")
    reader.must_end()
    return members


def _events(reader: Reader) -> list[str]:
    reader.must_take("[")
    texts, more = [], not reader.takes("]")
    while more:
        texts.append(slim(patterns.STAMPS.sub("}", reader.value().text)))
        more = reader.more("]")
    return texts


def _refusal(events: Sequence[tuple[str, bytes]], rejected: Any) -> tuple[str, str, str]:
    try:
        return events[rejected["index"]][0], one_line(str(rejected["code"])), one_line(str(rejected["detail"]))
    except (KeyError, IndexError, TypeError):
        raise _stranger() from None


def _count(answer: dict[str, Any], name: str) -> int:
    value = answer.get(name)
    if not isinstance(value, int):
        raise _stranger()
    return value


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _stranger()
    return value


def _stranger() -> Later:
    return Later("What answers there does not answer as Memfog does.")
