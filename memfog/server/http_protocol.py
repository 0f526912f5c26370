"""HTTP as uvicorn speaks it, less patient and with fewer system calls.

Whoever opens connections and does not speak, or speaks without end, or does not take what is sent, is let go. (Bodies
are bounded in `events.endpoints.async_http`.) What is written in one turn of the event loop leaves in one piece.
"""

from asyncio import AbstractEventLoop, Transport
from asyncio.events import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_TIMEOUT_S = 30.0
MAX_HEAD_BYTES = 65_536
MAX_BUFFERED_BYTES = 65_536  # bytes that are not held back, so that whoever sends much is told when the client is slow
SEND_TIMEOUT_S = 30.0  # for the client to make room for more of an answer


class HttpProtocol(HttpToolsProtocol):
    _head_timer: TimerHandle | None = None
    _send_timer: TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn's own type
        super().connection_made(transport)
        self.transport = BufferedTransport(transport, self.loop)  # type: ignore[assignment]  # quacks like one
        self._start_head_timer()

    def data_received(self, data: bytes) -> None:
        if self._head_timer:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self._ends_head(data):
                self.transport.close()
                return
        super().data_received(data)

    def _ends_head(self, data: bytes) -> bool:
        # A head that came whole, with a large body right behind it.
        return b"\r\n\r\n" in data[:MAX_HEAD_BYTES]

    def on_message_begin(self) -> None:
        self._start_head_timer()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._cancel_head_timer()
        super().on_headers_complete()

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
    """A transport that sends what was written in one turn of the loop in one piece: an answer's head and its body."""

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
