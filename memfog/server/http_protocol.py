"""uvicorn's HTTP protocol with time and size limits, an express way for events, and fewer system calls.

Closes the connection of a client that sends no complete request head or does not read the response.
(`events.endpoints.async_http` limits bodies.) Data written in one iteration of the event loop is sent together.

The head of a request that took the express way is kept: the next request with the same head is not parsed, and leaves
the timer of its connection as it is.

A process that is replaced drains its connections: each is closed by the response to its next request, which says so
(`Connection: close`), or when no request comes. Closed at once, it could lose a request that is already on its way.
"""

from asyncio import AbstractEventLoop, Transport
from asyncio.events import TimerHandle
from typing import Any, ClassVar, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from memfog.server.known_heads import KnownHeads

HEAD_TIMEOUT_S = 30.0
MAX_HEAD_BYTES = 65_536
MAX_BUFFERED_BYTES = 65_536  # a larger write is sent at once, so that flow control slows down the sender
SEND_TIMEOUT_S = 30.0  # for the client to read enough that more of the response can be sent
MIN_DELAY_S = 0.1  # until a timer looks again at a connection in use
DRAIN_TIMEOUT_S = 5  # seconds that a connection stays open without a request while the process drains


class ConnectionState(ServerState):
    """What all connections of a server share. `is_draining`: it ends, and another process takes its clients."""

    is_draining = False


class ExpressWay(Protocol):
    """Answers usual requests to one path without ASGI. The application answers all other requests."""

    path: bytes
    known_heads: KnownHeads

    def find_credential(self, headers: tuple[tuple[bytes, bytes], ...], /) -> str | None:
        """Returns the credential of a request with usual headers; None for any other request."""

    def start(self, protocol: "HttpProtocol", credential: str, body: bytes, /) -> Any:
        """Starts to answer a request; returns its cycle, see uvicorn's `RequestResponseCycle`, or None."""


class HttpProtocol(HttpToolsProtocol):
    # Set by the application, which this module must not import: the parent process of many workers stays small.
    express_way: ClassVar[ExpressWay | None] = None
    server_state: ConnectionState
    _head_timer: TimerHandle | None = None
    _send_timer: TimerHandle | None = None
    _head_bytes = 0
    # The credential and the body so far of a request on the express way; None on the ordinary way.
    _credential: str | None = None
    _express_body: list[bytes]
    # The credential and the length of the body of the last request that was parsed and took the express way.
    _express_request: tuple[str, int] | None = None
    _is_in_message = False  # a part of a message has been parsed
    _idle_since = 0.0  # by the loop's clock: the end of the last response
    _default_headers: ClassVar[tuple[Any, bytes]] = (None, b"")

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn's type
        super().connection_made(transport)
        self._buffered_transport = BufferedTransport(transport, self.loop)
        self.transport = self._buffered_transport  # type: ignore[assignment]  # has the same methods
        self._start_head_timer()
        if self.server_state.is_draining:  # it was accepted just before the socket was closed
            self._close_unless_used()

    def data_received(self, data: bytes) -> None:
        if self._is_in_message or not self._answer_known(data):
            self._parse(data)

    def _answer_known(self, data: bytes) -> bool:
        """Starts to answer a request whose head is known. Returns False if the request must be parsed."""
        way = self.express_way
        known = way.known_heads.find(data) if way and self._is_between_requests() else None
        cycle = way.start(self, *known) if way and known else None
        if cycle:
            self._cancel_head_timer()
            self.cycle = cycle
        return bool(cycle)

    def _parse(self, data: bytes) -> None:
        is_start = not self._is_in_message
        if self._head_timer:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self._ends_head(data):
                self.transport.close()
                return
        super().data_received(data)
        if self._credential and self.parser:
            self._take_ordinary_way()  # the body is not complete: only the ordinary way has time limits
        if self.express_way and self._express_request and is_start:
            credential, body_bytes = self._express_request
            self.express_way.known_heads.add(data, credential, body_bytes=body_bytes)

    def _ends_head(self, data: bytes) -> bool:
        # A complete head may arrive together with the start of a large body.
        return b"\r\n\r\n" in data[:MAX_HEAD_BYTES]

    def on_message_begin(self) -> None:
        self._is_in_message, self._express_request = True, None
        self._start_head_timer()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._cancel_head_timer()
        if self.express_way and self.url == self.express_way.path and self._is_free():
            self._credential, self._express_body = self.express_way.find_credential(tuple(self.headers)), []
        if not self._credential:
            self._start_ordinary_cycle()

    def _start_ordinary_cycle(self) -> None:
        super().on_headers_complete()
        if self.server_state.is_draining and self.cycle:
            self.cycle.keep_alive = False

    def _is_free(self) -> bool:
        """Whether a plain POST can be answered at once, before any other request of this connection."""
        return (
            self._is_between_requests()
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )

    def _is_between_requests(self) -> bool:
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.server_state.is_draining
        )

    def on_body(self, body: bytes) -> None:
        if self._credential:
            self._express_body.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_in_message = False
        if self._credential and self.express_way:
            body = b"".join(self._express_body)
            cycle = self.express_way.start(self, self._credential, body)
            if cycle:
                self._express_request = self._credential, len(body)
                self.cycle, self._credential = cycle, None
                return
            self._take_ordinary_way()
        super().on_message_complete()

    def _take_ordinary_way(self) -> None:
        """Starts the request from its beginning on the ordinary way."""
        self._credential = None
        self._start_ordinary_cycle()
        for part in self._express_body:
            super().on_body(part)

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None or self.pipeline or self.server_state.is_draining:
            super().on_response_complete()
        else:  # a request with a known head left the timer running
            self.server_state.total_requests += 1

    def timeout_keep_alive_handler(self) -> None:
        """Closes the connection unless it was used since the timer was set."""
        left_s = self._idle_since + self.timeout_keep_alive - self.loop.time()
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy or (left_s > 0 and not self.server_state.is_draining):
            delay_s = max(left_s, MIN_DELAY_S)
            self.timeout_keep_alive_task = self.loop.call_later(delay_s, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()

    def write_whole(self, data: bytes) -> None:
        """Writes a whole response, to which nothing needs to be joined."""
        self._buffered_transport.write_whole(data)

    def encode_default_headers(self) -> bytes:
        """Returns uvicorn's own headers, which change once a second."""
        headers, encoded = self._default_headers
        if headers is not self.server_state.default_headers:
            headers = self.server_state.default_headers
            encoded = b"".join(b"%b: %b\r\n" % pair for pair in headers)
            HttpProtocol._default_headers = headers, encoded
        return encoded

    def shutdown(self) -> None:
        """Ends the connection in order. uvicorn calls this once, when the server begins to shut down."""
        if not self.server_state.is_draining:
            super().shutdown()
        elif self.cycle is None or self.cycle.response_complete:
            self._close_unless_used()
        elif self.cycle.response_started:  # without the header: the client may use the connection again
            self.timeout_keep_alive = DRAIN_TIMEOUT_S
        else:
            self.cycle.keep_alive = False

    def _close_unless_used(self) -> None:
        self._unset_keepalive_if_required()  # the next byte stops the new timer, too
        self.timeout_keep_alive_task = self.loop.call_later(DRAIN_TIMEOUT_S, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head_timer()
        self._cancel_send_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._send_timer = self.loop.call_later(SEND_TIMEOUT_S, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._cancel_send_timer()
        super().resume_writing()

    def _cancel_send_timer(self) -> None:
        if self._send_timer:
            self._send_timer.cancel()
            self._send_timer = None

    def _start_head_timer(self) -> None:
        self._cancel_head_timer()
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _cancel_head_timer(self) -> None:
        self._head_bytes = 0
        if self._head_timer:
            self._head_timer.cancel()
            self._head_timer = None


class BufferedTransport:
    """A transport that joins the writes of one loop iteration, such as the head and the body of a response."""

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._buffer: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._buffer:
            self._loop.call_soon(self._flush)
        self._buffer.append(data)
        if len(data) > MAX_BUFFERED_BYTES:
            self._flush()

    def write_whole(self, data: bytes) -> None:
        """Writes at once, unless something is buffered already."""
        if self._buffer:
            self.write(data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._buffer:
            data, self._buffer = b"".join(self._buffer), []
            self._transport.write(data)
