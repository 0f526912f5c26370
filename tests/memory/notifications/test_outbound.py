"""Requests to addresses that users enter reach public addresses only, and where no name leads after the check."""

import socket
from typing import Any

import pytest

from memory.notifications import outbound_http
from memory.notifications.outbound_http import AddressRefused, Unreachable
from tests.environment import free_port
from tests.memory.notifications.receiver import Receiver

PUBLIC = ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1")
PRIVATE = """
127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 198.18.0.1 192.0.2.1 224.0.0.1
240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 fe80::1 fe80::1%eth0 fd00::1 fec0::1
ff02::1 2001:db8::1 64:ff9b::7f00:1 64:ff9b:1::a00:1 2002:7f00:1::1 2002:a9fe:a9fe:: 2001:0:7f00:1::
"""
# Forms in which a resolver understands 127.0.0.1, and names of this machine.
DISGUISES = ("127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::ffff:7f00:1]", "127.0.0.1.")


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert outbound_http.is_public(address)


@pytest.mark.parametrize("address", PRIVATE.split())
def test_an_address_of_a_network_or_one_that_holds_one_is_not(address: str) -> None:
    assert not outbound_http.is_public(address)


@pytest.mark.parametrize("host", DISGUISES)
def test_no_spelling_leads_to_this_machine(host: str, receiver: Receiver) -> None:
    port = receiver.server_address[1]
    with pytest.raises((AddressRefused, Unreachable)):
        outbound_http.post(f"https://{host}:{port}/", b"{}", {}, allow_private=False)
    assert receiver.received == []


REFUSED = (
    "http://example.com/",
    "ftp://example.com/",
    "https://",
    "https:///path",
    "https://user:secret@example.com/",
    "https://example.com/#part",
    "https://example.com:port/",
    "https://example.com/a b",
    "https://example.com/\r\nHost: other",
    "https://exämple.com/",
    "javascript:alert(1)",
    f"https://example.com/{'a' * 2_000}",
    "",
)


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_address_is_refused_before_any_request(url: str) -> None:
    with pytest.raises(AddressRefused):
        outbound_http.check_url(url, allow_private=False)


def test_a_host_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address may be public: which one a client takes is chance."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    with pytest.raises(AddressRefused):
        outbound_http.resolve("rebind.example.com", 443, allow_private=False)


def test_the_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """A name that leads elsewhere after the check leads nowhere."""
    port, asked = receiver.server_address[1], []

    def resolve(host: Any, *args: Any, **options: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **options: (resolve if host == "hooks.test" else real)(host, *args, **options),
    )
    reply = outbound_http.post(f"http://hooks.test:{port}/x?y=1", b"{}", {"a": "b"}, allow_private=True)
    assert (reply.status, asked) == (201, ["hooks.test"])
    request = receiver.wait(1)[0]
    assert (request.path, request.body, request.headers["a"]) == ("/x?y=1", b"{}", "b")
    assert request.headers["host"] == f"hooks.test:{port}"


def test_a_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [302]
    assert outbound_http.post(f"{receiver.url}/first", b"", {}, allow_private=True).status == 302
    assert [one.path for one in receiver.received] == ["/first"]


def test_where_nothing_listens_or_speaks_tls_there_is_no_answer(receiver: Receiver) -> None:
    for url in (f"http://127.0.0.1:{free_port()}/", receiver.url.replace("http:", "https:")):
        with pytest.raises(Unreachable):
            outbound_http.post(url, b"", {}, allow_private=True)


def test_a_peer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_http, "REQUEST_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(Unreachable):
        outbound_http.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"", {}, allow_private=True)
