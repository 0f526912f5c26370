"""A server of any release, on a database of a test."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.environment import free_port
from tests.server import DEADLINE, LIMITS, NO_TLS, wait_for


@contextmanager
def serve(code: Path, environment: dict[str, str]) -> Iterator[httpx.Client]:
    """Runs a web process of the code in this folder. Yields a client of it."""
    port = free_port()
    variables, command = {**environment, "PORT": str(port)}, [sys.executable, "-m", "memfog", "--quiet"]
    with (Path(environment["MEMFOG_DATA"]) / "log").open("ab") as log:
        server = subprocess.Popen(command, cwd=code, env=variables, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=DEADLINE, verify=NO_TLS, trust_env=False, limits=LIMITS) as http:
            wait_for(lambda: _is_alive(http, server), what=f"the server in {code}")
            yield http
    finally:
        server.terminate()
        server.wait(DEADLINE)


def _is_alive(http: httpx.Client, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None, "the server does not start"
    try:
        return http.get("/healthz").text == "ok"
    except httpx.TransportError:
        return False
