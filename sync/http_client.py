"""HTTP to the other side, by the standard library: one connection, bounded answers, no redirects.

A redirect is not followed, since the token would go along. The certificate is checked against those that this machine
trusts.
"""

import gzip
import json
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings

from sync import http_proxy
from sync.sync_errors import CursorLost, Forbidden, Halted, Later, Refused, TooLarge

CONNECT, SILENCE = 10.0, 60.0  # seconds until a connection, or a silence, is given up
WHOLE = 300.0  # seconds for one answer, however it drips
ANSWER_BYTES = 32 * 1_048_576
PIECE = 262_144
SMALL = 1_024  # bytes of a body that is not worth compressing
SHOWN = 200  # characters of what the other side said
LONGEST_WAIT = 3_600.0  # seconds that anybody may ask us to stay away


class Wire:
    """A connection to one server. Raises what `sync.sync_errors` knows, and nothing else."""

    def __init__(self, url: str, *, token: str = "", agent: str) -> None:
        self._url = urlsplit(url)
        self._headers = {"User-Agent": agent, "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connection: HTTPConnection | None = None

    def get(self, path: str) -> bytes:
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        if len(body) > SMALL:
            body, headers["Content-Encoding"] = gzip.compress(body, compresslevel=1), "gzip"
        return self._ask("POST", path, body, headers)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        known = self._connection is not None
        try:
            return self._once(method, path, body, headers)
        except (HTTPException, OSError) as error:
            self.close()
            # Every request may be repeated; a connection that was kept may have been closed over there meanwhile.
            if not known or isinstance(error, TimeoutError):
                raise self._away(error) from None
        try:
            return self._once(method, path, body, headers)
        except (HTTPException, OSError) as error:
            self.close()
            raise self._away(error) from None

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        connection = self._connected()
        connection.request(method, self._url.path + path, body=body, headers=self._headers | headers)
        with connection.getresponse() as response:
            text = self._read(response)
        if response.status != 200:
            _refuse(response, text)
        return text

    def _connected(self) -> HTTPConnection:
        if self._connection is None or self._connection.sock is None:
            self._connection = self._made()
            self._connection.connect()
            self._connection.sock.settimeout(SILENCE)
        return self._connection

    def _away(self, error: Exception) -> Later:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Later(f"Its certificate is not one that this machine trusts: {error.verify_message}.")
        reason = one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)
        between = self._proxy()
        through = f" through the proxy {between.host}:{between.port}" if between else ""
        return Later(f"It cannot be reached{through}: {reason}.")

    def _made(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme != "https":
            return HTTPConnection(host, port, timeout=CONNECT)
        trusted = ssl.create_default_context()
        if (between := self._proxy()) is None:
            return HTTPSConnection(host, port, timeout=CONNECT, context=trusted)
        made = HTTPSConnection(between.host, between.port, timeout=CONNECT, context=trusted)
        made.set_tunnel(host, port or 443, headers=between.headers)
        return made

    def _proxy(self) -> http_proxy.Proxy | None:
        try:
            return http_proxy.between(self._url, settings.HTTPS_PROXY, settings.NO_PROXY)
        except ValueError as error:
            raise Later(f"{error}.") from None

    def _read(self, response: HTTPResponse) -> bytes:
        until, pieces, size = time.monotonic() + WHOLE, [], 0
        while piece := response.read1(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > ANSWER_BYTES:
                self.close()
                raise TooLarge("The answer is too long.")
            if time.monotonic() > until:
                raise TimeoutError("the answer takes too long")
        if response.length:
            raise HTTPException("the answer broke off")
        return b"".join(pieces)


def _refuse(response: HTTPResponse, body: bytes) -> NoReturn:
    status, said = response.status, _said(body)
    if 300 <= status < 400:
        where = one_line(response.headers.get("Location", "elsewhere"))
        raise Halted(f"It sends us to {where}. If that is right, link to that address instead.")
    if status == 401:
        raise Halted("The token is not valid there (any more). Link anew with another one.")
    if status == 403:
        raise Forbidden(said["detail"])
    if status == 409 and said["code"] == "cursor_lost":
        raise CursorLost
    if status == 413:
        raise TooLarge(said["detail"])
    after = response.headers.get("Retry-After", "")
    told = f"It answers {status}. {said['detail']}".strip()
    raise Refused(told, code=said["code"], after=min(float(after), LONGEST_WAIT) if after.isdecimal() else None)


def _said(body: bytes) -> dict[str, str]:
    """What a problem says of itself; nothing for anything else."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    return {name: one_line(str(told.get(name, ""))) for name in ("code", "detail")}


def one_line(text: str) -> str:
    """What the other side said, short and without controls, to be shown."""
    return "".join(char if char.isprintable() else " " for char in text[:SHOWN]).strip()
