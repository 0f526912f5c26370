"""`/metrics` is for Prometheus: everyone else finds no such page, also behind a proxy on the same machine."""

import socket
from collections.abc import Iterator

import pytest
from django.conf import settings

from events.endpoints.async_http import AsgiRequest
from memfog.metrics import metrics_access
from tests.environment import free_port
from tests.server import Server

TOKEN = "a token that only Prometheus knows"
HEADERS = {
    "Forwarded": "for=203.0.113.7",
    "X-Forwarded-For": "203.0.113.7",
    "x_forwarded_for": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "fog.example",
    "X-Real-IP": "203.0.113.7",
    "X-Client-IP": "203.0.113.7",
    "True-Client-IP": "203.0.113.7",
    "CF-Connecting-IP": "203.0.113.7",
    "CF-Ray": "1",
    "Via": "1.1 proxy",
    "X-Visitor": "203.0.113.7",
    "Origin": "https://app.memfog.com",
}


@pytest.fixture(scope="module")
def public(server: Server) -> Iterator[Server]:
    """A public server behind a proxy on its own machine."""
    environment = {
        "PUBLIC_URL": "https://fog.example",
        "SECRET_KEY": "s" * 50,
        "TOKEN_KEY": "t" * 50,
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "METRICS_TOKEN": TOKEN,
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "CLIENT_IP_HEADER": "X-Visitor",
    }
    running = Server(free_port(), **environment).start()
    yield running
    running.stop()


def ask(server: Server, head: str) -> int:
    """The status of a request with exactly this head."""
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "localhost:1", "[::1]", "[::1]:8000"])
def test_a_program_on_this_machine_reads_them(public: Server, host: str) -> None:
    assert ask(public, f"GET /metrics HTTP/1.1\nHost: {host}") == 200


@pytest.mark.parametrize("host", ["fog.example", "evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil", "", "0"])
def test_who_names_another_host_finds_nothing(public: Server, host: str) -> None:
    assert ask(public, f"GET /metrics HTTP/1.1\nHost: {host}") == 404


@pytest.mark.parametrize("name", HEADERS)
def test_who_comes_through_a_proxy_finds_nothing(public: Server, name: str) -> None:
    assert ask(public, f"GET /metrics HTTP/1.1\nHost: 127.0.0.1\n{name}: {HEADERS[name]}") == 404


def test_a_proxy_that_adds_nothing_speaks_an_old_protocol(public: Server) -> None:
    # nginx with nothing but `proxy_pass http://127.0.0.1:8000` sends this for every visitor.
    assert ask(public, "GET /metrics HTTP/1.0\nHost: 127.0.0.1:8000\nConnection: close") == 404


@pytest.mark.parametrize("extra", ["", "\nX-Forwarded-For: 203.0.113.7"])
@pytest.mark.parametrize("host", ["fog.example", "127.0.0.1"])
def test_the_token_opens_them_from_anywhere(public: Server, host: str, extra: str) -> None:
    assert ask(public, f"GET /metrics HTTP/1.1\nHost: {host}\nAuthorization: Bearer {TOKEN}{extra}") == 200


@pytest.mark.parametrize("credential", ["Bearer wrong", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ", "Bearer \xff"])
def test_another_credential_opens_nothing(public: Server, credential: str) -> None:
    assert ask(public, f"GET /metrics HTTP/1.1\nHost: fog.example\nAuthorization: {credential}") == 404


@pytest.mark.parametrize("credential", ["Bearer", "Bearer ", "Bearer None", ""])
def test_without_a_token_in_the_settings_none_is_right(server: Server, credential: str) -> None:
    assert ask(server, f"GET /metrics HTTP/1.1\nHost: fog.example\nAuthorization: {credential}") == 404


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True)]
    + [(peer, False) for peer in ("10.0.0.5", "203.0.113.7", "::ffff:10.0.0.5", "2001:db8::1", "", "unix")],
)
def test_another_machine_needs_the_token(monkeypatch: pytest.MonkeyPatch, peer: str, expected: bool) -> None:
    monkeypatch.setattr(settings, "METRICS_TOKEN", TOKEN)

    def is_allowed(**headers: str) -> bool:
        given = {"host": "127.0.0.1", **headers}
        raw = [(name.encode(), value.encode()) for name, value in given.items()]
        scope = {"client": (peer, 1), "http_version": "1.1", "headers": raw}
        return metrics_access.is_allowed(AsgiRequest(scope, _receive, "id", given))

    assert is_allowed() is expected
    assert is_allowed(authorization=f"Bearer {TOKEN}")


async def _receive() -> dict[str, str]:
    return {}
