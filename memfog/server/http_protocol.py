"""uvicorn's HTTP protocol with time and size limits, an express way for events, and fewer system calls.

Closes the connection of a client that sends no complete request head or does not read the response.
(`events.endpoints.async_http` limits bodies.) Data written in one iteration of the event loop is sent together.

A process that is replaced drains its connections: each is closed by the response to its next request, which says so
(`Connection: close`), or when no request comes. Closed at once, it could meet a request on its way.
"""

from asyncio import AbstractEventLoop, Transport
from asyncio.events import TimerHandle
from typing import Any, ClassVar, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEAD_TIMEOUT_S = 30.0
MAX_HEAD_BYTES = 65_536
MAX_BUFFERED_BYTES = 65_536  # a larger write is sent at once, so that flow control slows down the sender
SEND_TIMEOUT_S = 30.0  # for the client to read enough that more of the response can be sent
DRAIN_TIMEOUT_S = 5  # seconds that a connection stays open without a request while the process drains


class ConnectionState(ServerState):
    """What all connections of a server share. `is_draining`: it ends, and another process takes its clients."""

    is_draining = False


class ExpressWay(Protocol):
    """Answers usual requests to one path without ASGI. What it does not take, the application answers."""

    path: bytes

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
    _default_headers: ClassVar[tuple[Any, bytes]] = (None, b"")

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn's type
        super().connection_made(transport)
        self.transport = BufferedTransport(transport, self.loop)  # type: ignore[assignment]  # has the same methods
        self._start_head_timer()
        if self.server_state.is_draining:  # it was accepted just before the socket was closed
            self._close_unless_used()

    def data_received(self, data: bytes) -> None:
        if self._head_timer:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self._ends_head(data):
                self.transport.close()
                return
        super().data_received(data)
        if self._credential and self.parser:
            self._take_ordinary_way()  # the body is not complete: only the ordinary way has time limits

    def _ends_head(self, data: bytes) -> bool:
        # A complete head may arrive together with the start of a large body.
        return b"\r\n\r\n" in data[:MAX_HEAD_BYTES]

    def on_message_begin(self) -> None:
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
            (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.server_state.is_draining
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )

    def on_body(self, body: bytes) -> None:
        if self._credential:
            self._express_body.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._credential and self.express_way:
            cycle = self.express_way.start(self, self._credential, b"".join(self._express_body))
            if cycle:
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
        self._unset_keepalive_if_required()  # which the next byte does, too
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

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._buffer:
            data, self._buffer = b"".join(self._buffer), []
            self._transport.write(data)
