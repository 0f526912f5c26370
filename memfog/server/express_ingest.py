"""The express way of `POST /ingest`: a usual request goes from the HTTP parser to the writer without ASGI.

ASGI's task, dictionaries, futures and timers cost more than the rest of a usual request. The express way decides
nothing by itself: a request that is unusual, or that would be refused, takes the ordinary way from its beginning.
"""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from os import urandom
from time import monotonic

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from accounts.api_base import problem
from accounts.api_base.problem import CONTENT_TYPE, Problem
from accounts.credentials import authentication
from events import measures
from events.endpoints import async_http, ingest_rate_limit, request_body
from events.endpoints.group_commit import AppendOutcome, writer
from events.store import drafts
from events.store.drafts import Draft
from events.wire import fast_path
from memfog import tracing
from memfog.monitoring import log_format
from memfog.server.front_door import FrontDoor, is_allowed_host
from memfog.server.http_protocol import HttpProtocol
from memfog.server.known_heads import KnownHeads

logger = logging.getLogger(__name__)

# None of them changes the answer, except those that `find_credential` reads.
USUAL_HEADERS = frozenset(
    b"accept accept-encoding accept-language authorization connection content-length content-type host sec-fetch-mode "
    b"user-agent via x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip".split()
)
USUAL_VALUES = {b"connection": b"keep-alive", b"content-type": b"application/json"}
RawHeaders = tuple[tuple[bytes, bytes], ...]


class ExpressIngest:
    """See `memfog.server.http_protocol.ExpressWay`."""

    path = b"/ingest"
    known_heads = KnownHeads(max_body_bytes=request_body.LARGE_BODY_BYTES)

    def __init__(self, front_door: FrontDoor) -> None:
        self.front_door = front_door

    @staticmethod
    @lru_cache(maxsize=1_024)
    def find_credential(headers: RawHeaders) -> str | None:
        """Returns the header `Authorization` of a request with usual headers; None for any other request."""
        values = dict(headers)
        if len(values) != len(headers) or not USUAL_HEADERS.issuperset(values):
            return None
        if any(values.get(name, usual) != usual for name, usual in USUAL_VALUES.items()):
            return None
        length = values.get(b"content-length", b"")
        if not length.isdigit() or not 0 < int(length) <= request_body.LARGE_BODY_BYTES:
            return None
        is_allowed = is_allowed_host(values.get(b"host", b"").decode("latin-1"))
        return values[b"authorization"].decode("latin-1") if is_allowed and b"authorization" in values else None

    def start(self, protocol: HttpProtocol, credential: str, body: bytes) -> "ExpressCycle | None":
        """Gives the events of a body to the writer; returns None if the ordinary way must answer."""
        if tracing.is_on():
            return None  # a span needs the id of its parent, which is in a header
        try:
            draft = prepare(credential, body)
            return ExpressCycle(protocol, draft, self.front_door) if draft else None
        except Exception:  # the ordinary way meets the same error, and answers it
            return None


def prepare(credential: str, body: bytes) -> Draft | None:
    """Returns the draft of a body of a known caller, if all of its events are accepted. Raises Problem."""
    caller = authentication.cached_caller(credential)
    if caller is None:
        return None
    caller.require("capture")
    ingest_rate_limit.check_rate_limit(caller.user_id)
    event = fast_path.parse_event(body)
    if event:
        return drafts.prepare_from_cache(caller.user_id, [event])
    batch = request_body.parse_ingest(body)
    if batch.rejected or not batch.events:
        return None
    return drafts.prepare_from_cache(caller.user_id, batch.events)


class _NoEvent:
    def set(self) -> None:
        """Does nothing: no task waits for a message of the express way."""


class ExpressCycle:
    """A request whose draft is with the writer. It has the attributes that uvicorn's protocol reads from a cycle."""

    message_event = _NoEvent()
    response_started = False  # an answer is written whole

    def __init__(self, protocol: HttpProtocol, draft: Draft, front_door: FrontDoor) -> None:
        """Gives the draft to the writer. Raises Problem `unavailable` if too much waits there."""
        self.response_complete = self.disconnected = False
        self.keep_alive = True
        self._protocol, self._front_door = protocol, front_door
        self._request_id, self._started = urandom(16).hex(), monotonic()
        writer.submit(draft, self._finish)
        ingest_rate_limit.charge(draft.user_id, len(draft.rows))

    def _finish(self, outcome: AppendOutcome) -> None:
        if isinstance(outcome, Exception):
            refusal = problem.from_exception(outcome) or self._log_failure(outcome)
            content = json.dumps(refusal.as_dict(self._request_id)).encode()
            self._answer(refusal.problem_type.status, CONTENT_TYPE, content, refusal.headers)
        else:
            measures.observer.count_events(accepted=outcome.accepted, duplicates=outcome.duplicates, rejected=0)
            self._answer(200, "application/json", request_body.format_response(outcome, []), {})

    def _log_failure(self, error: Exception) -> Problem:
        log_format.request_id.set(self._request_id)
        logger.error("POST /ingest failed", exc_info=error)
        return Problem("server_error")

    def _answer(self, status: int, content_type: str, content: bytes, headers: Mapping[str, str]) -> None:
        self.response_complete = True
        if not self.disconnected:
            self._protocol.write_whole(self._encode(status, content_type, content, headers))
            if not self.keep_alive:
                self._protocol.transport.close()
        self._protocol.on_response_complete()
        seconds = monotonic() - self._started
        self._front_door.record_request(self._request_id, "POST", "/ingest", status, seconds, seconds)

    def _encode(self, status: int, content_type: str, content: bytes, headers: Mapping[str, str]) -> bytes:
        own = headers if self.keep_alive else {**headers, "connection": "close"}
        return b"%b%b%bcontent-length: %d\r\n%bx-request-id: %b\r\n\r\n%b" % (
            STATUS_LINE[status],
            self._protocol.encode_default_headers(),
            _encode_headers(content_type, settings.SECURE),
            len(content),
            b"".join(f"{name.lower()}: {value}\r\n".encode() for name, value in own.items()),
            self._request_id.encode(),
            content,
        )


@lru_cache(maxsize=8)
def _encode_headers(content_type: str, secure: bool) -> bytes:
    pairs = async_http.response_headers_without_origin(content_type, secure=secure)
    return b"".join(b"%b: %b\r\n" % pair for pair in pairs)
