"""Sync through a real proxy, to a server with TLS whose name only the proxy can resolve."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.management import CommandError

from sync import http_proxy
from tests.events.make import make_event
from tests.server import Server
from tests.sync.conftest import Pair, held, sync
from tests.sync.connect_proxy import Proxy, certificate
from tests.sync.tap import Tap

NAME = "memfog.example"
AT = f"https://{NAME}"


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.management.commands.sync.sleep", lambda seconds: None)


@pytest.fixture
def cloud(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tap]:
    shown, shows = certificate(NAME, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(shown))
    with Tap(server.url, tls=shows).running() as running:
        yield running


@pytest.fixture
def between(cloud: Tap, settings: LazySettings) -> Iterator[Proxy]:
    with Proxy(urlsplit(cloud.url).port or 0).running() as running:
        settings.HTTPS_PROXY, settings.NO_PROXY = f"http://{running.at}", []
        yield running


def link(pair: Pair, to: str = AT) -> str:
    return sync(pair.laptop, "--to", to, "--token", pair.cloud.token, "--once")


def test_it_goes_through_the_proxy_which_learns_no_more_than_a_name(pair: Pair, between: Proxy) -> None:
    pair.laptop.push(make_event())
    pair.cloud.push(make_event(), make_event())
    assert link(pair).startswith("In sync")
    assert held(pair.laptop) == held(pair.cloud)
    assert held(pair.laptop).events == 3
    assert {asked.rpartition(" ")[0] for asked in between.asked} == {f"CONNECT {NAME}:443"}
    assert len(between.seen) > 1_000
    assert not any(word in between.seen for word in (pair.cloud.token.encode(), b"Bearer", b"HookEvent"))


def test_it_tells_the_proxy_who_it_is_and_says_what_the_proxy_does_not_like(
    pair: Pair, between: Proxy, settings: LazySettings
) -> None:
    between.wants = "Basic YWRhOmw6dmU="  # user "ada", password "l:ve"
    settings.HTTPS_PROXY = f"http://ada:l%3Ave@{between.at}"
    assert link(pair).startswith("In sync")
    settings.HTTPS_PROXY = f"http://ada:wrong@{between.at}"
    with pytest.raises(CommandError, match=f"through the proxy {between.at}: .*407") as told:
        link(pair)
    assert "wrong" not in str(told.value)


def test_a_proxy_that_is_away_or_none_is_named(pair: Pair, settings: LazySettings) -> None:
    settings.HTTPS_PROXY, settings.NO_PROXY = "127.0.0.1:9", []
    with pytest.raises(CommandError, match=r"through the proxy 127\.0\.0\.1:9: Connection refused"):
        link(pair)
    for unusable in ("socks5://127.0.0.1:1080", "https://proxy.example", "http://", "http://proxy.example:port"):
        settings.HTTPS_PROXY = unusable
        with pytest.raises(CommandError, match="HTTPS_PROXY must look like"):
            link(pair)


def test_a_certificate_is_that_of_the_other_side_and_not_of_the_proxy(
    pair: Pair, between: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(CommandError, match="does not trust the other server's certificate"):
        link(pair)
    monkeypatch.undo()
    with pytest.raises(CommandError, match="does not trust the other server's certificate"):
        link(pair, "https://another.example")


def test_this_machine_is_never_asked_for_elsewhere(pair: Pair, between: Proxy) -> None:
    pair.laptop.push(make_event())
    assert link(pair, pair.tap.url).startswith("In sync")
    for here in ("https://127.0.0.1:9", "https://localhost:9", "https://[::1]:9", "https://[::ffff:127.0.0.1]:9"):
        with pytest.raises(CommandError, match="cannot be reached: "):
            link(pair, here)
    assert between.asked == []


def test_what_is_exempt_goes_straight(pair: Pair, between: Proxy, settings: LazySettings) -> None:
    settings.NO_PROXY = ["elsewhere.example", NAME]
    with pytest.raises(CommandError, match="cannot be reached: "):
        link(pair)
    assert between.asked == []


@pytest.mark.parametrize(
    ("exempt", "address", "straight"),
    [
        ("*", "https://a.example", True),
        ("example", "https://a.example", True),
        (".a.example", "https://a.example", True),
        ("*.a.example", "https://b.a.example", True),
        ("A.Example", "https://a.example", True),
        ("a.example", "https://aa.example", False),
        ("a.example:8443", "https://a.example:8443", True),
        ("a.example:8443", "https://a.example", False),
        ("a.example:443", "https://a.example", True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.1.2.3", "https://10.1.2.3:8443", True),
        ("fd00::/8", "https://[fd00::1]", True),
        ("[fd00::1]:8443", "https://[fd00::1]:8443", True),
        ("[fd00::1]:8443", "https://[fd00::1]", False),
        ("", "https://a.example", False),
        (".", "https://a.example", False),
        ("", "http://192.0.2.1", True),
        ("", "https://localhost", True),
    ],
)
def test_no_proxy_is_read_as_everywhere(exempt: str, address: str, straight: bool) -> None:
    assert (http_proxy.find_proxy(urlsplit(address), "http://proxy.example:3128", [exempt]) is None) == straight
