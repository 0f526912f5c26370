"""Requests, bounded bodies and responses of the native routes.

The responses have the same headers as Django's, because Django's own middleware creates them.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache, partial
from math import inf
from typing import Any, ParamSpec, TypeVar

from corsheaders.middleware import CorsMiddleware
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from accounts.api_base.problem import CONTENT_TYPE, Problem, too_large_problem
from events import deadline
from events.endpoints import connection_rescue

AsgiScope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
P = ParamSpec("P")
R = TypeVar("R")

BODY_GRACE_S = 30.0  # a body may arrive at any rate during this time
MIN_BODY_BYTES_PER_S = 1_024  # minimum rate of a body after that
SEND_TIMEOUT_S = 30.0  # for the client to receive one chunk of a response

# The caller gets Problem `unavailable` after this time, before proxies time out after 30 seconds.
DATABASE_TIMEOUT_S = 25.0

# Database reads of native routes. Few threads, because each keeps a connection.
_read_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="read")


async def run_in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs a function that queries the database, off the event loop. Raises Problem `unavailable` on timeout."""

    async def work() -> R:
        call = partial(copy_context().run, lambda: call_with_fresh_connection(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(_read_pool, call)

    return await with_database_timeout(work())


async def with_database_timeout(work: Awaitable[R]) -> R:
    """Awaits `work`, which waits for the database. Raises Problem `unavailable` after `DATABASE_TIMEOUT_S`.

    A database that hangs (its disk stalls, its machine is stopped) blocks threads. The timeout answers the waiting
    callers and frees the threads that read, and work that has not started is dropped.
    """
    # Threads that do the work check this limit.
    with deadline.time_limit(DATABASE_TIMEOUT_S), connection_rescue.rescue_threads() as rescue:
        try:
            async with asyncio.timeout(DATABASE_TIMEOUT_S):
                return await work
        except TimeoutError:
            rescue.shut_down()
            raise Problem("unavailable", "The database does not respond. Try again shortly.") from None


def call_with_fresh_connection(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    with connection_rescue.expose_connection():
        close_old_connections()
        deadline.check()
        return function(*args, **kwargs)


@asynccontextmanager
async def cancel_on_disconnect(request: "AsgiRequest") -> AsyncIterator[deadline.CancelScope]:
    """Cancels the work of the block when the client disconnects. Only for reads, after the body was received."""
    with deadline.time_limit(inf) as cancel_scope:
        watcher = asyncio.create_task(_cancel_at_disconnect(request.receive, cancel_scope))
        try:
            yield cancel_scope
        finally:
            watcher.cancel()


async def _cancel_at_disconnect(receive: Receive, cancel_scope: deadline.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    cancel_scope.cancel()


@dataclass(frozen=True, slots=True)
class AsgiRequest:
    scope: AsgiScope
    receive: Receive
    id: str
    headers: Mapping[str, str]

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])


Handler = Callable[[AsgiRequest, Send], Awaitable[None]]


def require_json(request: AsgiRequest) -> None:
    """Raises Problem `unsupported_media_type` unless the content type is JSON in UTF-8, or missing."""
    content_type = request.headers.get("content-type", "application/json")
    if content_type == "application/json":
        return
    message = Message()
    message["content-type"] = content_type
    charset = (message.get_content_charset() or "utf-8").lower()
    if message.get_content_type() != "application/json" or charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported_media_type", "Send `Content-Type: application/json`.")


async def read_body(request: AsgiRequest, *, limit: int, inflated_limit: int) -> bytes:
    """Receives the whole body and inflates it. The size before and after inflation and the time are bounded.

    Raises Problem `too_large`, `timeout`, `unsupported_media_type` (an unknown encoding) or `malformed_json` (a
    broken gzip stream); ClientDisconnected if the client left.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", ""}:
        raise Problem("unsupported_media_type", "Send the body without encoding or with `Content-Encoding: gzip`.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    raw = await _receive_body(request.receive, limit)
    return await _inflate_body(raw, inflated_limit) if encoding == "gzip" else raw


class ClientDisconnected(Exception):
    """The client disconnected before its request was complete, or does not read the response."""


def _too_large(limit: int) -> Problem:
    return too_large_problem(f"This body may have at most {limit:,} bytes.")


async def _receive_body(receive: Receive, limit: int) -> bytes:
    parts = bytearray()
    loop = asyncio.get_running_loop()
    start, more = loop.time(), True
    while more:
        try:
            async with asyncio.timeout_at(start + BODY_GRACE_S + len(parts) / MIN_BODY_BYTES_PER_S):
                message = await receive()
        except TimeoutError:
            raise Problem("timeout", headers={"Connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        parts += message.get("body", b"")
        if len(parts) > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
    return bytes(parts)


# Off the event loop: a body of some kilobytes may inflate to many megabytes. zlib releases the GIL.
_inflate_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="inflate")
MAX_INLINE_BYTES = 65_536  # inflated size; typical requests are smaller and need no thread


async def _inflate_body(data: bytes, limit: int) -> bytes:
    if (small := _inflate_small(data, min(limit, MAX_INLINE_BYTES))) is not None:
        return small
    return await asyncio.get_running_loop().run_in_executor(_inflate_pool, _inflate, data, limit)


def _inflate_small(data: bytes, limit: int) -> bytes | None:
    """Inflates a body of one gzip stream of at most `limit` bytes; returns None for any other body."""
    if len(data) > limit:
        return None
    try:
        stream = zlib.decompressobj(wbits=31)
        part = stream.decompress(data, limit)
    except zlib.error:
        return None
    return part if stream.eof and not stream.unused_data else None


def _inflate(data: bytes, limit: int) -> bytes:
    parts = bytearray()
    try:
        while data:
            stream = zlib.decompressobj(wbits=31)
            parts += stream.decompress(data, limit + 1 - len(parts))
            if len(parts) > limit:
                raise _too_large(limit)
            if not stream.eof:
                raise Problem("malformed_json", "The gzip stream ends too early.")
            data = stream.unused_data
    except zlib.error:
        raise Problem("malformed_json", "The body is not a valid gzip stream.") from None
    return bytes(parts)


async def respond(
    request: AsgiRequest,
    send: Send,
    content: bytes,
    *,
    status: int = 200,
    content_type: str = "application/json",
    headers: Headers | None = None,
) -> None:
    """Sends a complete response."""
    await _send_response(request, send, status, content, content_type, headers or [])


async def respond_problem(request: AsgiRequest, send: Send, problem: Problem) -> None:
    content = json.dumps(problem.as_dict(request.id)).encode()
    await _send_response(
        request, send, problem.problem_type.status, content, CONTENT_TYPE, encode_headers(problem.headers.items())
    )


async def _send_response(
    request: AsgiRequest, send: Send, status: int, content: bytes, content_type: str, headers: Headers
) -> None:
    all_headers = [*response_headers(request, content_type), (b"content-length", b"%d" % len(content)), *headers]
    # No timeout: `send` waits only while the client does not read an earlier response, and then the protocol closes
    # the connection.
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else content})


async def send_with_timeout(send: Send, message: Mapping[str, Any]) -> None:
    """Sends one ASGI message. Raises ClientDisconnected if the client does not receive it within `SEND_TIMEOUT_S`."""
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await send(message)
    except TimeoutError:
        raise ClientDisconnected from None


def response_headers(request: AsgiRequest, content_type: str) -> Headers:
    """Returns the headers of every response."""
    origin = request.headers.get("origin", "")
    return list(
        _cached_headers(content_type, origin if origin in settings.CORS_ALLOWED_ORIGINS else "", settings.SECURE)
    )


def response_headers_without_origin(content_type: str, *, secure: bool) -> Headers:
    """Returns the headers of every response to a request without the header `Origin`."""
    return list(_cached_headers(content_type, "", secure))


@lru_cache(maxsize=64)
def _cached_headers(content_type: str, origin: str, secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    own = {"content-type": content_type, "cache-control": "no-store"}
    return (*encode_headers(own.items()), *_middleware_headers(origin, secure))


def encode_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers]


def _middleware_headers(origin: str, secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Returns the headers that Django's middleware adds for an origin (empty: no origin, or not an allowed one)."""
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", "/ingest", "/ingest"
    request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    if origin:
        request.META["HTTP_ORIGIN"] = origin
    if secure:
        request.META["wsgi.url_scheme"] = "https"
    get_response: Callable[[HttpRequest], Any] = _empty_response
    for middleware in (XFrameOptionsMiddleware, CSPMiddleware, CorsMiddleware, SecurityMiddleware):
        get_response = middleware(get_response)
    return tuple(encode_headers(get_response(request).items()))


def _empty_response(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    del response["Content-Type"]
    return response
