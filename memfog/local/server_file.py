"""Where a Memfog on this machine stands: the file in the data directory by which its own client finds it."""

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
    """For whoever owns the machine: `link` signs a browser in, once; `token` is for this machine's own client."""

    link: str | None = None
    token: str | None = None


@contextmanager
def publish_server_file(token: str | None) -> Iterator[None]:
    """While it serves, a server on this machine tells its address, and its owner's token where there is one.

    For the owner's eyes alone, like the keys beside it, with which any token can be made.
    """
    if settings.LOCAL:
        # The server lets SIGTERM kill it in the end; like Ctrl-C it shall leave nothing behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        _write_file({"url": settings.PUBLIC_URL, **({"token": token} if token else {})})
    try:
        yield
    finally:
        SERVER_FILE.unlink(missing_ok=True)


def is_port_taken() -> bool:
    """Whether something listens already where this server is to listen."""
    family, kind, protocol, _, address = socket.getaddrinfo(settings.HOST, settings.PORT, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # As the server will: what an earlier one left behind is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return True
    return False


def is_own_server() -> bool:
    """Whether what listens there is a Memfog with this data directory."""
    try:
        return bool(json.loads(SERVER_FILE.read_text())["url"] == settings.PUBLIC_URL) and is_answering()
    except (OSError, ValueError, KeyError):
        return False


def is_answering() -> bool:
    """Whether a Memfog answers at our address. Asks it directly, whatever proxies the environment names."""
    connection = http.client.HTTPConnection(urlsplit(settings.PUBLIC_URL).netloc, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read(3) == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_answering() -> bool:
    """Waits for the server to answer. False when it did not in half a minute."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (up := is_answering()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return up


def _write_file(content: dict[str, str]) -> None:
    temporary = SERVER_FILE.with_name(f".{SERVER_FILE.name}.{token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    # In one step, so that the client never reads half a token.
    Path(temporary).rename(SERVER_FILE)
