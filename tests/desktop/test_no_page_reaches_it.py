"""No web page can reach a local server: neither by another host name for it (DNS rebinding), nor by requests that the
browser allows every page to send."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.desktop.laptop import Laptop
from tests.events.make import make_event
from tests.people import PASSWORD
from tests.server import wait_for

EVIL = [
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "https://localhost",
    "http://localhost.evil.example:{port}",
]
EVERYTHING = ["/ingest", "/sync/push", "/sync/pull", "/mcp", "/auth/register", "/auth/login", "/auth/device"]
EVERYTHING += ["/auth/forgot-password", "/api/tokens"]


@pytest.fixture(scope="module", params=["127.0.0.1", "::1", "localhost"])
def anywhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A local server, once for each name of the loopback address."""
    made = Laptop(tmp_path_factory.mktemp("laptop"), HOST=request.param).start()
    yield made
    made.stop()


def names(laptop: Laptop) -> list[str]:
    port = laptop.environment["PORT"]
    return [f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}", "localhost", "[::1]"]


def test_it_goes_by_the_names_of_this_machine_and_by_no_other(anywhere: Laptop) -> None:
    with anywhere.browser() as browser:
        answers = [browser.get("/sign-in", headers={"Host": name}).status_code for name in names(anywhere)]
        assert answers == [200] * len(answers)
        for host in ("evil.example", "127.0.0.1.evil.example", "[::1].evil.example", "0.0.0.0", "[::]", "127.1"):  # noqa: S104
            for path in ("/", "/sign-in", "/openapi.json", "/api/events/stream", "/export", "/dev/mail"):
                refused = browser.get(path, headers={"Host": f"{host}:{anywhere.environment['PORT']}"})
                assert (refused.status_code, refused.json()["code"]) == (400, "bad_host")


def test_its_links_lead_to_it(anywhere: Laptop) -> None:
    with anywhere.browser() as browser:
        assert browser.get(anywhere.link()).status_code == 200
        assert anywhere.manage("sign_in_link").startswith(f"{anywhere.url}/sign-in/link?token=")


def test_it_listens_on_this_machine_only(anywhere: Laptop) -> None:
    # A row of a listening socket: its address in hexadecimal, then 0A for the state. Loopback is 127/8 and ::1.
    tables = "".join(Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6"))
    port = f"{int(anywhere.environment['PORT']):04X}"
    listening = re.findall(rf"^ *\d+: ([0-9A-F]+):{port} \S+ 0A ", tables, re.MULTILINE)
    assert listening
    assert [address for address in listening if not re.fullmatch(r"[0-9A-F]{6}7F|0{24}01000000", address)] == []


@pytest.mark.parametrize("path", EVERYTHING)
def test_a_page_of_another_site_has_nothing_done(laptop: Laptop, path: str) -> None:
    # Requests that a page may send without a CORS preflight: a body without a content type, or with a plain one.
    body = b'{"email": "dark@example.com", "password": "%s", "client_name": "dark"}' % PASSWORD.encode()
    with laptop.browser() as browser:
        for origin in (one.format(port=laptop.environment["PORT"]) for one in EVIL):
            sent = {"Origin": origin, "Authorization": f"Bearer {laptop.token()}"}
            refused = browser.post(path, content=body, headers=sent)
            assert (refused.status_code, refused.json()["code"]) == (403, "bad_origin")
            assert "access-control-allow-origin" not in refused.headers
    assert not [mail for mail in laptop.mails() if "dark@example.com" in str(mail["To"])]


def test_nor_has_one_anything_deleted(laptop: Laptop) -> None:
    with laptop.browser() as browser:
        for path in ("/api/events", "/me", f"/api/tokens/{uuid4()}"):
            refused = browser.request("DELETE", path, headers={"Origin": EVIL[0]})
            assert (refused.status_code, refused.json()["code"]) == (403, "bad_origin")


def test_pages_keep_their_own_check(laptop: Laptop) -> None:
    with laptop.browser() as browser:
        for path in ("/sign-up", "/sign-in", "/sign-in/link", "/device", "/sign-out"):
            assert browser.post(path, data={}, headers={"Origin": EVIL[0]}).status_code == 403


def test_programs_and_our_own_pages_come_through(anywhere: Laptop) -> None:
    sender = {"Authorization": f"Bearer {anywhere.token()}"}
    origins = [None, anywhere.url, f"http://localhost:{anywhere.environment['PORT']}", "https://app.memfog.com"]
    with anywhere.browser() as browser:
        for origin in origins:
            host = (origin or anywhere.url).removeprefix("http://")
            named = {"Origin": origin, "Host": host if origin != origins[-1] else anywhere.url[7:]} if origin else {}
            for path in ("/ingest", "/sync/push"):
                body = {"events": [make_event()]}
                assert browser.post(path, json=body, headers=sender | named).json() == {"accepted": 1}


def test_what_a_page_may_ask_is_still_said(laptop: Laptop) -> None:
    asked = {
        "Origin": EVIL[0],
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    with laptop.browser() as browser:
        for path in EVERYTHING:
            answer = browser.options(path, headers=asked)
            assert [name for name in answer.headers if name.startswith("access-control-allow")] == []


def test_a_server_for_everybody_leaves_origins_to_cors(tmp_path: Path) -> None:
    keys = {"SECRET_KEY": "s" * 50, "TOKEN_KEY": "t" * 50}
    cloud = Laptop(tmp_path, PUBLIC_URL="https://memfog.example", **keys).start()
    try:
        with httpx.Client(base_url=cloud.url, headers={"Host": "memfog.example"}, verify=False) as http:
            answer = http.post(
                "/auth/login", json={"email": "a@b.example", "password": "x"}, headers={"Origin": EVIL[0]}
            )
            assert answer.status_code == 401
            assert "access-control-allow-origin" not in answer.headers
        assert "/sign-in/link" not in cloud.log.read_text()
    finally:
        cloud.stop()


def test_what_it_told_of_itself_is_gone_with_it(tmp_path: Path) -> None:
    for ending in (signal.SIGTERM, signal.SIGINT):
        laptop = Laptop(tmp_path).start()
        assert (laptop.data / "server.json").exists()
        os.killpg(laptop.processes[0].pid, ending)
        wait_for(lambda at=laptop: not (at.data / "server.json").exists(), what="the server's end")  # type: ignore[misc]
        laptop.stop()
