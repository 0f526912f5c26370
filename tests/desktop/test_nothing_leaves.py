"""Nothing leaves the machine: traces every network call of all programs during a typical day of use."""

import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyrage
import pytest
from playwright.sync_api import Page, ProxySettings, sync_playwright

from tests.desktop.laptop import Laptop
from tests.desktop.listening import Proxy, Wire, proxy
from tests.server import DEADLINE, ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MEMFOG = ("node", str(ROOT / "client" / "bin" / "memfog.js"))
KEPT = ROOT / "client" / "test" / "transcripts"
PAGES = (
    "/sessions",
    "/search?q=notes",
    "/memory",
    "/machines",
    "/settings",
    "/docs",
    "/docs/api",
    "/status",
    "/dev/mail",
)
CLOCK = """
import memfog.asgi
from memfog.server.scheduler import load_schedule
print([task() for _, task in load_schedule().values()])
"""


class Traced(Laptop):
    """A local server whose programs are all traced. Their environment names a proxy."""

    def __init__(self, folder: Path, ear: Proxy) -> None:
        self.wire = Wire(folder / "wire")
        recipient = str(pyrage.x25519.Identity.generate().to_public())
        backup = {"BACKUP_URL": str(folder / "backups"), "BACKUP_RECIPIENTS": recipient}
        super().__init__(folder, **backup, **ear.environment(), NO_PROXY="", no_proxy="")
        self.prefix = self.wire.tap()
        place = {name: self.environment[name] for name in ("HOME", "MEMFOG_DATA", "PATH")}
        # The shipper waits only briefly for more events, so that each hook starts its own, which is traced with it.
        self.shell_has = {**place, **ear.environment(), "MEMFOG_LINGER": "100"}

    def stop(self) -> None:
        # Signal the whole group: strace ends only after the processes that it traces.
        for process in self.processes:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(DEADLINE)
        self.processes.clear()

    def python(self, *words: str) -> str:
        return self.wire.run(sys.executable, *words, environment=self.environment, cwd=ROOT)

    def memfog(self, *words: str, stdin: str = "") -> str:
        # `status` ends with 1 if hooks are slow, and traced hooks are slow.
        codes = (0, 1) if words == ("status",) else (0,)
        return self.wire.run(*MEMFOG, *words, environment=self.shell_has, cwd=self.home, stdin=stdin, codes=codes)

    def fire(self, payload: dict[str, object]) -> None:
        """Runs the hook for this event as Claude Code does, if a hook is installed for it."""
        hooks = json.loads((self.home / ".claude" / "settings.json").read_text())["hooks"]
        for group in hooks.get(payload["hook_event_name"], []):
            command = ("/bin/sh", "-c", group["hooks"][0]["command"])
            self.wire.run(*command, environment=self.shell_has, cwd=self.home, stdin=json.dumps(payload))


@pytest.fixture
def ear() -> Iterator[Proxy]:
    with proxy() as listening:
        yield listening


def one_of_each() -> list[dict[str, object]]:
    """Returns one recorded payload for each hook, with a new session id."""
    rows = [json.loads(row) for row in (KEPT / "tour" / "hooks.jsonl").read_text().splitlines()]
    first = {row["hook_event_name"]: row for row in reversed(rows)}
    told = json.dumps([row for row in rows if first[row["hook_event_name"]] is row])
    return list(
        json.loads(told.replace("46d8d90b-c6db-4082-94e3-d909926f69a2", "99999999-9999-4999-8999-999999999999"))
    )


def browse(laptop: Laptop) -> list[str]:
    """Signs in by the printed link and opens every page. Returns the requests to other hosts."""
    elsewhere: list[str] = []
    with proxy() as own, sync_playwright() as playwright:
        # Chromium's own requests, such as the search for updates, end at this proxy; no page causes them. Without
        # `bypass` an automated browser would send loopback requests through the proxy, too.
        past: ProxySettings = {"server": own.url, "bypass": "127.0.0.1"}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), proxy=past)
        page: Page = browser.new_context(base_url=laptop.url).new_page()
        ours = urlsplit(laptop.url).netloc
        page.on(
            "request", lambda asked: None if urlsplit(asked.url).netloc in {ours, ""} else elsewhere.append(asked.url)
        )
        page.goto(laptop.link())
        page.locator("main button").click()
        page.wait_for_selector("[data-state=live]")
        for path in PAGES:
            answer = page.goto(path)
            assert answer
            assert answer.status == 200
        page.goto("/sessions")
        page.locator("main a[href^='/sessions/']").first.click()
        page.wait_for_load_state()
        browser.close()
    return elsewhere


def ask(laptop: Laptop) -> None:
    """Sends the requests that Claude Code and scripts send over HTTP."""
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    calling = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "recent", "arguments": {}}}
    with laptop.browser() as http:
        http.headers["Authorization"] = f"Bearer {laptop.token()}"
        for path in ("/api/context?project=/home/dev/my-repo", "/api/search?q=notes", "/api/sessions", "/api/limits"):
            assert http.get(path).status_code == 200
        for message in (listing, calling):
            accepted = {"Accept": "application/json, text/event-stream"}
            assert "result" in http.post("/mcp", json=message, headers=accepted).json()
        assert http.post("/sync/pull", json={"cursor": ""}).json()["events"]
        fresh = {"email": "child@example.com", "password": "a heron stands in the fog"}
        assert http.post("/auth/register", json=fresh).status_code == 202
    assert laptop.mails_to("child@example.com")


@pytest.mark.slow
def test_a_day_of_use_makes_no_connection_to_anywhere_else(tmp_path: Path, ear: Proxy) -> None:
    shutil.copytree(KEPT / "tour" / "projects", tmp_path / "home" / ".claude" / "projects")
    laptop = Traced(tmp_path, ear)
    laptop.start()
    try:
        assert "Next: see 1 past session(s)" in laptop.memfog("connect", "claude-code")
        for payload in one_of_each():
            laptop.fire(payload)
        for words in ("flush", "import", "pause --for 1h", "resume", "status"):
            laptop.memfog(*shlex.split(words))
        laptop.memfog("mcp", stdin='{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}\n')
        assert browse(laptop) == []
        ask(laptop)
        for words in ("sign_in_link", "autostart", "backup_now", "backup_list", "rebuild_memory", "check"):
            laptop.python("manage.py", *shlex.split(words))
        laptop.python("-c", CLOCK)
        laptop.memfog("disconnect", "claude-code", "--forget")
    finally:
        laptop.stop()
    calls = laptop.wire.calls()
    assert [call for call in calls if not call.stays()] == []
    assert ear.heard == []
    # The trace is complete: it has the server's bind and the client's connection.
    at = int(laptop.environment["PORT"])
    assert {call.name for call in calls if call.port == at} >= {"bind", "connect"}


def test_a_call_to_anywhere_else_would_have_been_heard(tmp_path: Path, ear: Proxy) -> None:
    wire = Wire(tmp_path / "wire")
    says = (
        "import socket, subprocess, sys, urllib.request as web\n"
        "socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))\n"
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))\n"
        "try: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(('2001:db8::1', 9))\n"
        "except OSError: pass\n"
        "try: web.urlopen('http://memfog.example/')\n"
        "except OSError: pass\n"
    )
    environment = {"PATH": os.environ["PATH"], **ear.environment()}
    # In a child process.
    wire.run(
        "/bin/sh",
        "-c",
        f"{shlex.quote(sys.executable)} -c {shlex.quote(says)}; true",
        environment=environment,
        cwd=ROOT,
    )
    heard = {(call.name, call.address, call.port) for call in wire.calls() if not call.stays()}
    # Some kernels have no IPv6.
    assert heard | {("connect", "2001:db8::1", 9)} == {
        ("connect", "192.0.2.1", 9),
        ("sendto", "127.0.0.1", 53),
        ("connect", "2001:db8::1", 9),
    }
    assert ear.heard[0].startswith(b"GET http://memfog.example/")
