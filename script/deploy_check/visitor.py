"""A user of the server, who reaches it by its name over TLS, through the proxy."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from script.deploy_check.outside import DOMAIN, Mailbox
from tests.server import wait_for

PASSWORD = "a long phrase that nobody guesses"  # noqa: S105  # of accounts of one run
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LINK = re.compile(rf"https://{re.escape(DOMAIN)}/\S+")
TIMEOUT_S = 30.0
START_S = 90.0  # until a web process that was just started serves


class Visitor:
    """A browser and programs of one user. `address` is where the user's requests come from."""

    def __init__(self, certificates: Path, address: str, email: str) -> None:
        self.context = ssl.create_default_context(cafile=certificates / "ca.pem")
        self.address, self.email = address, email
        self.browser = self.make_client()
        self.program = self.make_client()

    def make_client(self, **headers: str) -> httpx.Client:
        transport = httpx.HTTPTransport(local_address=self.address, verify=self.context)
        return httpx.Client(
            base_url=f"https://{DOMAIN}", transport=transport, headers=headers, timeout=TIMEOUT_S, trust_env=False
        )

    def close(self) -> None:
        self.browser.close()
        self.program.close()

    def wait_until_ready(self) -> httpx.Response:
        """Returns what /readyz answers, once that is 200."""

        def ask() -> httpx.Response | None:
            try:
                answer = self.program.get("/readyz")
            except httpx.TransportError:
                return None
            return answer if answer.status_code == 200 else None

        ready = wait_for(ask, what="/readyz", seconds=START_S)
        assert ready
        return ready

    def submit(self, path: str, **form: str) -> httpx.Response:
        """Opens a page, fills its form in and sends it, as a browser does."""
        page = self.browser.get(path)
        assert page.status_code == 200, (path, page.status_code)
        found = CSRF.search(page.text)
        assert found, f"no form on {urlsplit(path).path}"
        url = f"https://{DOMAIN}{path}"
        headers = {"Referer": url, "Origin": f"https://{DOMAIN}"}
        return self.browser.post(path, data={"csrfmiddlewaretoken": found[1], **form}, headers=headers)

    def sign_up(self, mailbox: Mailbox) -> None:
        answer = self.submit("/sign-up", email=self.email, password=PASSWORD, display_name="Visitor")
        assert answer.status_code == 200, answer.text[-500:]
        mail = mailbox.wait_for_mail(self.email, "Verify your address")
        body = mail.get_body(("plain",))
        assert body
        found = LINK.search(body.get_content())
        assert found, "no link in the mail"
        link = urlsplit(found[0])
        answer = self.submit(f"{link.path}?{link.query}")
        assert answer.status_code in (200, 302), answer.status_code

    def sign_in(self) -> None:
        self.browser.cookies.clear()
        answer = self.submit("/sign-in", email=self.email, password=PASSWORD)
        assert answer.status_code == 302, answer.status_code
        assert "__Host-session" in self.browser.cookies
        assert self.browser.get("/settings").status_code == 200

    def create_token(self) -> str:
        login = self.program.post("/auth/login", json={"email": self.email, "password": PASSWORD})
        assert login.status_code == 200, login.text
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        answer = self.program.post("/api/tokens", json={"name": "laptop", "scopes": ["full"]}, headers=headers)
        assert answer.status_code == 201, answer.text
        token = str(answer.json()["token"])
        self.program.headers["Authorization"] = f"Bearer {token}"
        return token

    def ingest(self, body: bytes) -> httpx.Response:
        return self.program.post("/ingest", content=body, headers={"Content-Type": "application/json"})

    def list_events(self) -> list[dict[str, Any]]:
        answer = self.program.post("/sync/pull", json={"limit": 100})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["events"])

    @contextmanager
    def open_stream(self) -> Iterator[Iterator[str]]:
        """Opens the stream of events and yields its lines."""
        # A client of its own: it waits longer than a stream is silent.
        client = self.make_client(Authorization=self.program.headers["Authorization"])
        with client, client.stream("GET", "/api/events/stream") as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield answer.iter_lines()


def make_event(prompt: str) -> dict[str, Any]:
    data = {"prompt": prompt, "session_id": str(uuid4()), "cwd": "/home/visitor/app"}
    kind = {"type": "HookEvent", "data": {"hook": "prompt_submit", "data": data}}
    return {"id": str(uuid4()), "ts": "2026-01-01T09:30:00Z", "project": "/home/visitor/app", "kind": kind}


def make_batch(size: int, events: int) -> bytes:
    """Makes a batch of exactly `size` bytes."""
    batch = [make_event("") for _ in range(events)]
    room = size - len(_write(batch))
    for number, event in enumerate(batch):
        share = room // events + (room % events if number == 0 else 0)
        event["kind"]["data"]["data"]["prompt"] = "x" * share
    body = _write(batch)
    assert len(body) == size
    return body


def _write(events: list[dict[str, Any]]) -> bytes:
    return json.dumps({"events": events}).encode()
