"""A listening socket that outlives web processes: while they are replaced no request is refused."""

import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from accounts.credentials import api_tokens
from memfog.server import socket_activation
from tests.operations.activation import Activation
from tests.people import make_user
from tests.server import DEADLINE, LIMITS, NO_TLS, ROOT, wait_for

pytestmark = pytest.mark.slow
UNITS = ROOT / "docs/systemd"


@pytest.fixture
def activation(tmp_path: Path, django_db_setup: None) -> Iterator[Activation]:
    with Activation(tmp_path, os.environ) as made:
        yield made


def client(activation: Activation) -> httpx.Client:
    return httpx.Client(base_url=activation.url, timeout=DEADLINE, limits=LIMITS, verify=NO_TLS, trust_env=False)


def test_a_request_waits_until_a_process_serves(activation: Activation) -> None:
    with client(activation) as http, ThreadPoolExecutor() as threads:
        for _ in range(2):
            waiting = threads.submit(http.get, "/healthz")
            process = activation.start()
            assert waiting.result().text == "ok"
            activation.stop(process)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_kept_connection_is_told_to_close_before_it_is_closed(activation: Activation, processes: str) -> None:
    first = activation.start(WEB_CONCURRENCY=processes)
    with client(activation) as http, client(activation) as idle:
        assert "connection" not in http.get("/healthz").headers
        assert "connection" not in idle.get("/healthz").headers
        second = activation.start()
        first.terminate()
        # The next request on its connection comes while the process ends, and is answered by it.
        wait_for(lambda: http.get("/healthz").headers.get("connection") == "close", what="the answer that closes")
        assert http.get("/healthz").text == "ok"
        first.wait(DEADLINE)
        assert idle.get("/healthz").text == "ok"  # on another connection: its own was closed unused
    activation.stop(second)


def test_a_stream_ends_in_order(activation: Activation, alice_token: str) -> None:
    process = activation.start()
    headers = {"Authorization": f"Bearer {alice_token}"}
    with client(activation) as http, http.stream("GET", "/api/events/stream", headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": welcome"
        process.terminate()
        assert list(lines) == [""]
    process.wait(DEADLINE)


@pytest.mark.systemd
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        # This machine has neither the program nor its user.
        text = re.sub(r"^(User|Group|WorkingDirectory)=.*\n", "", unit.read_text(), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text)
    for name in ("memfog-web.socket", "memfog-web@.service"):
        looked = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / name)],
            env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:/lib/systemd/system"},
            capture_output=True,
            text=True,
        )
        assert [line for line in looked.stderr.splitlines() if "memfog" in line] == []
        assert looked.returncode == 0, looked.stderr


@pytest.fixture
def alice_token(database: None) -> str:
    return api_tokens.sign(api_tokens.create(make_user().id, name="test").id)


def test_the_sockets_of_another_process_are_left_alone() -> None:
    """Variables that a parent left behind name descriptors that this process does not have."""
    assert not socket_activation.has_sockets()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LISTEN_PID", "1")
        patched.setenv("LISTEN_FDS", "1")
        assert socket_activation.take_sockets() == []
        assert "LISTEN_FDS" not in os.environ
