"""Client for the remote server: it uses the same public API as every other client."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from events import limits
from events.wire import batch_parser, envelope, patterns
from events.wire.json_text import JsonReader, JsonValue
from sync.http_client import HttpClient, one_line
from sync.models import SyncLink
from sync.sync_errors import PayloadTooLarge, RetryLater, SyncHalted

MAX_REQUEST_EVENTS = limits.MAX_EVENTS  # events in one request
TARGET_PAGE_BYTES = 8 * limits.MAX_EVENT_BYTES  # target size of one page
INITIAL_PAGE_SIZE = 100  # events on the first page; later sizes follow the mean event size of the last page
MAX_CURSOR_CHARS = 200
USER_AGENT = f"memfog-sync/{settings.VERSION}"

# The log adds this member to an event without a version. The added bytes may exceed the size limit of an event.
_SCHEMA_VERSION_MEMBER = ',"schema_version":1,'


@dataclass(frozen=True, slots=True)
class PushResult:
    """Result of a push; `rejected` holds the id, code and detail of each rejected event."""

    accepted: int
    rejected: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class PullPage:
    events: list[envelope.WireEvent]
    rejected: list[batch_parser.Rejection]
    deleted: list[UUID]
    cursor: str
    row_digest: str


class RemoteServer:
    """One remote server and token. The methods raise the errors of `sync.sync_errors`."""

    def __init__(self, link: SyncLink, token: str) -> None:
        self._project = link.project
        self._client = HttpClient(link.url, token=token, agent=USER_AGENT)
        self._page_size = INITIAL_PAGE_SIZE

    def close(self) -> None:
        self._client.close()

    def fetch_user_id(self) -> UUID:
        return fetch_user_id(self._client)

    def push(self, events: Sequence[tuple[str, bytes]]) -> PushResult:
        """Pushes events, each an id and its JSON text. Splits the batch if the server rejects its size."""
        try:
            answer = _parse_object(
                self._client.post("/sync/push", b'{"events":[' + b",".join(t for _, t in events) + b"]}")
            )
        except PayloadTooLarge as error:
            if len(events) == 1:
                return PushResult(0, [(events[0][0], "too_large", str(error))])
            half = len(events) // 2
            parts = [self.push(events[:half]), self.push(events[half:])]
            return PushResult(sum(part.accepted for part in parts), [one for part in parts for one in part.rejected])
        rejections = [_parse_rejection(events, rejected) for rejected in answer.get("rejected", ())]
        return PushResult(_parse_count(answer, "accepted"), rejections)

    def delete(self, ids: Sequence[UUID]) -> int:
        """Deletes events on the remote server, also ids that it has not received yet. Returns how many were new."""
        body = {"events": [], "deleted": [str(id_) for id_ in ids]}
        return _parse_count(_parse_object(self._client.post("/sync/push", json.dumps(body).encode())), "deleted")

    def pull(self, cursor: str, row_digest: str) -> PullPage:
        """Fetches the next page of the remote log. The page is empty at the end of the log."""
        while True:
            request_body: dict[str, Any] = {"cursor": cursor, "mark": row_digest, "limit": self._page_size}
            if self._project:
                request_body["project"] = self._project
            try:
                response_body = self._client.post("/sync/pull", json.dumps(request_body).encode())
                break
            except PayloadTooLarge:
                if self._page_size == 1:
                    raise SyncHalted("An event on the other server exceeds the size limit.") from None
                self._page_size = max(1, self._page_size // 4)
        page = parse_page(response_body)
        if count := len(page.events) + len(page.deleted):
            self._page_size = max(1, min(MAX_REQUEST_EVENTS, TARGET_PAGE_BYTES * count // len(response_body)))
        return page


def fetch_user_id(client: HttpClient) -> UUID:
    """Fetches the id of the account that the token belongs to."""
    try:
        return UUID(_parse_object(client.get("/me"))["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _unexpected_answer() from None


def drop_added_version(text: str) -> str:
    """Removes the added `schema_version` if an event exceeds the size limit; the original event may have fit."""
    is_too_large = len(text.encode()) > limits.MAX_EVENT_BYTES
    return text.replace(_SCHEMA_VERSION_MEMBER, ",", 1) if is_too_large else text


def parse_page(body: bytes) -> PullPage:
    """Parses a page of pull. The events are slices of the page's text, so that each stays byte for byte equal."""
    try:
        members = _parse_members(JsonReader(body.decode()))
        batch, _ = batch_parser.parse_body(f'{{"events":[{",".join(members.event_texts)}]}}'.encode())
        values = members.values
        cursor, row_digest = str(values["next_cursor"].value), str(values["mark"].value if "mark" in values else "")
        deleted = [UUID(one) for one in values["deleted"].value] if "deleted" in values else []
    except (ValueError, KeyError, TypeError, AttributeError, batch_parser.TooManyEvents):
        raise _unexpected_answer() from None
    if len(cursor) > MAX_CURSOR_CHARS or len(row_digest) > MAX_CURSOR_CHARS:
        raise _unexpected_answer()
    return PullPage(batch.events, batch.rejected, deleted, cursor, row_digest)


@dataclass(frozen=True, slots=True)
class _PageMembers:
    event_texts: list[str]
    values: dict[str, JsonValue]


def _parse_members(reader: JsonReader) -> _PageMembers:
    members = _PageMembers([], {})
    reader.expect("{")
    has_more = not reader.accept("}")
    while has_more:
        key = reader.read_key()
        if key == "events":
            members.event_texts.extend(_parse_events(reader))
        else:
            members.values[key] = reader.read_value()
        has_more = reader.has_more("}")
    reader.expect_end()
    return members


def _parse_events(reader: JsonReader) -> list[str]:
    reader.expect("[")
    texts, has_more = [], not reader.accept("]")
    while has_more:
        texts.append(drop_added_version(patterns.SERVER_MEMBERS.sub("}", reader.read_value().text)))
        has_more = reader.has_more("]")
    return texts


def _parse_rejection(events: Sequence[tuple[str, bytes]], rejected: Any) -> tuple[str, str, str]:
    try:
        return events[rejected["index"]][0], one_line(str(rejected["code"])), one_line(str(rejected["detail"]))
    except (KeyError, IndexError, TypeError):
        raise _unexpected_answer() from None


def _parse_count(answer: dict[str, Any], name: str) -> int:
    value = answer.get(name)
    if not isinstance(value, int):
        raise _unexpected_answer()
    return value


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _unexpected_answer()
    return value


def _unexpected_answer() -> RetryLater:
    return RetryLater("The other server's response is not a Memfog response.")
