"""Writes `server.json` in the data directory, by which the client on this machine finds the local server."""

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from memfog import settings

SERVER_FILE = settings.DATA_DIR / "server.json"
ANSWER_TIMEOUT_S = 2.0  # seconds
START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class OwnerCredentials:
    """Credentials of the machine's owner: `link` signs a browser in once; `token` is for the client on this machine."""

    link: str | None = None
    token: str | None = None


@contextmanager
def publish_server_file(token: str | None) -> Iterator[None]:
    """Publishes the address of a local server, and its owner's token if there is one, while the server runs.

    Only the owner may read the file, as with the key files beside it, from which any token can be made.
    """
    if settings.LOCAL:
        # By default SIGTERM would kill the process before the file is removed; Ctrl-C already leaves no file behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        _write_file({"url": settings.PUBLIC_URL, **({"token": token} if token else {})})
    try:
        yield
    finally:
        SERVER_FILE.unlink(missing_ok=True)


def is_port_taken() -> bool:
    """Whether another process listens on this server's address and port."""
    family, kind, protocol, _, address = socket.getaddrinfo(settings.HOST, settings.PORT, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # The same option as the server's: sockets that an earlier server left behind do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return True
    return False


def is_own_server() -> bool:
    """Whether the process that listens on this port is a Memfog server with this data directory."""
    try:
        return bool(json.loads(SERVER_FILE.read_text())["url"] == settings.PUBLIC_URL) and is_answering()
    except (OSError, ValueError, KeyError):
        return False


def is_answering() -> bool:
    """Whether a Memfog server answers at this address. Connects directly, without the proxies of the environment."""
    connection = http.client.HTTPConnection(urlsplit(settings.PUBLIC_URL).netloc, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(3) == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_answering() -> bool:
    """Waits until the server answers. Returns False after half a minute without an answer."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (up := is_answering()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return up


def _write_file(content: dict[str, str]) -> None:
    temporary = SERVER_FILE.with_name(f".{SERVER_FILE.name}.{token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    # Replace the file in one step, so that the client never reads half a token.
    Path(temporary).rename(SERVER_FILE)
