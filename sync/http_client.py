"""HTTP client for the remote server, on the standard library: one connection, bounded responses, no redirects.

Following a redirect would send the token to another address. Certificates are checked against the trust store of this
machine.
"""

import gzip
import json
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings

from events import limits
from sync import http_proxy
from sync.sync_errors import CursorLost, Forbidden, PayloadTooLarge, RequestRejected, RetryLater, SyncHalted

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 10.0, 60.0  # to connect, and between two chunks
RESPONSE_TIMEOUT_S = 300.0  # for one whole response, also if every chunk comes in time
MAX_RESPONSE_BYTES = 32 * limits.MAX_EVENT_BYTES
CHUNK_BYTES = 262_144
MIN_COMPRESS_BYTES = 1_024  # bodies up to this size are not compressed
MAX_MESSAGE_CHARS = 200  # of a message from the remote server
MAX_RETRY_AFTER_S = 3_600.0  # upper bound for `Retry-After`


class HttpClient:
    """A connection to one server. Its requests raise only errors of `sync.sync_errors`."""

    def __init__(self, url: str, *, token: str = "", agent: str) -> None:
        self._url = urlsplit(url)
        self._headers = {"User-Agent": agent, "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection: HTTPConnection | None = None

    def get(self, path: str) -> bytes:
        return self._request("GET", path, None, {})

    def post(self, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        if len(body) > MIN_COMPRESS_BYTES:
            body, headers["Content-Encoding"] = gzip.compress(body, compresslevel=1), "gzip"
        return self._request("POST", path, body, headers)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        was_connected = self._connection is not None
        try:
            return self._request_once(method, path, body, headers)
        except (HTTPException, OSError) as error:
            self.close()
            # Every request can be repeated safely, and the server may have closed a kept-alive connection: retry once.
            if not was_connected or isinstance(error, TimeoutError):
                raise self._unreachable(error) from None
        try:
            return self._request_once(method, path, body, headers)
        except (HTTPException, OSError) as error:
            self.close()
            raise self._unreachable(error) from None

    def _request_once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        connection = self._open_connection()
        connection.request(method, self._url.path + path, body=body, headers=self._headers | headers)
        with connection.getresponse() as response:
            text = self._read_body(response)
        if response.status != 200:
            _raise_for_status(response, text)
        return text

    def _open_connection(self) -> HTTPConnection:
        if self._connection is None or self._connection.sock is None:
            self._connection = self._make_connection()
            self._connection.connect()
            self._connection.sock.settimeout(READ_TIMEOUT_S)
        return self._connection

    def _unreachable(self, error: Exception) -> RetryLater:
        if isinstance(error, ssl.SSLCertVerificationError):
            return RetryLater(f"This machine does not trust the other server's certificate: {error.verify_message}.")
        reason = one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)
        proxy = self._find_proxy()
        through = f" through the proxy {proxy.host}:{proxy.port}" if proxy else ""
        return RetryLater(f"The other server cannot be reached{through}: {reason}.")

    def _make_connection(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme != "https":
            return HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)
        tls_context = ssl.create_default_context()
        if (proxy := self._find_proxy()) is None:
            return HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_S, context=tls_context)
        connection = HTTPSConnection(proxy.host, proxy.port, timeout=CONNECT_TIMEOUT_S, context=tls_context)
        connection.set_tunnel(host, port or 443, headers=proxy.headers)
        return connection

    def _find_proxy(self) -> http_proxy.Proxy | None:
        try:
            return http_proxy.find_proxy(self._url, settings.HTTPS_PROXY, settings.NO_PROXY)
        except ValueError as error:
            raise RetryLater(f"{error}.") from None

    def _read_body(self, response: HTTPResponse) -> bytes:
        deadline, chunks, size = time.monotonic() + RESPONSE_TIMEOUT_S, [], 0
        while chunk := response.read1(CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_RESPONSE_BYTES:
                self.close()
                raise PayloadTooLarge("The response is too large.")
            if time.monotonic() > deadline:
                raise TimeoutError("the response took too long")
        if response.length:
            raise HTTPException("the response is incomplete")
        return b"".join(chunks)


def _raise_for_status(response: HTTPResponse, body: bytes) -> NoReturn:
    status, problem = response.status, _parse_problem(body)
    if 300 <= status < 400:
        location = one_line(response.headers.get("Location", "elsewhere"))
        raise SyncHalted(f"The other server redirects to {location}. If that is correct, link to that address.")
    if status == 401:
        raise SyncHalted("The other server rejected the token. Link again with a new token.")
    if status == 403:
        raise Forbidden(problem["detail"])
    if status == 409 and problem["code"] == "cursor_lost":
        raise CursorLost
    if status == 413:
        raise PayloadTooLarge(problem["detail"])
    retry_after = response.headers.get("Retry-After", "")
    message = f"The other server answered {status}. {problem['detail']}".strip()
    raise RequestRejected(
        message,
        code=problem["code"],
        retry_after_s=min(float(retry_after), MAX_RETRY_AFTER_S) if retry_after.isdecimal() else None,
    )


def _parse_problem(body: bytes) -> dict[str, str]:
    """Parses `code` and `detail` of a problem; both are empty for any other body."""
    try:
        problem: Any = json.loads(body)
    except (ValueError, RecursionError):
        problem = None
    problem = problem if isinstance(problem, dict) else {}
    return {name: one_line(str(problem.get(name, ""))) for name in ("code", "detail")}


def one_line(text: str) -> str:
    """Shortens a text of the remote server to a line without control characters, for display."""
    return "".join(char if char.isprintable() else " " for char in text[:MAX_MESSAGE_CHARS]).strip()
