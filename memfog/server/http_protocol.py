"""HTTP as uvicorn speaks it, less patient and with fewer system calls.

Whoever opens connections and does not speak, or speaks without end, or does not take what is sent, is let go. (Bodies
are bounded in `events.endpoints.async_http`.) What is written in one turn of the event loop leaves in one piece.
"""

from asyncio import AbstractEventLoop, Transport
from asyncio.events import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 30.0
HEAD_BYTES = 65_536
AT_ONCE = 65_536  # bytes that are not held back, so that whoever sends much is told when the client is slow
SEND_SECONDS = 30.0  # for the client to make room for more of an answer


class Protocol(HttpToolsProtocol):
    _patience: TimerHandle | None = None
    _stalled: TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn's own type
        super().connection_made(transport)
        self.transport = Gathered(transport, self.loop)  # type: ignore[assignment]  # quacks like one
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._patience:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self._ends_head(data):
                self.transport.close()
                return
        super().data_received(data)

    def _ends_head(self, data: bytes) -> bool:
        # A head that came whole, with a large body right behind it.
        return b"\r\n\r\n" in data[:HEAD_BYTES]

    def on_message_begin(self) -> None:
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_is_here()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        self._goes_on()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._stalled = self.loop.call_later(SEND_SECONDS, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._goes_on()
        super().resume_writing()

    def _goes_on(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _await_head(self) -> None:
        self._head_is_here()
        self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_is_here(self) -> None:
        self._head_bytes = 0
        if self._patience:
            self._patience.cancel()
            self._patience = None


class Gathered:
    """A transport that sends what was written in one turn of the loop in one piece: an answer's head and its body."""

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)
        if len(data) > AT_ONCE:
            self._send()

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written:
            data, self._written = b"".join(self._written), []
            self._transport.write(data)
