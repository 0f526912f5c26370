"""From a new server to the first page: `memfog connect` needs no arguments."""

import json
import shutil
from pathlib import Path

import pytest

from tests.accounts.calls import press
from tests.desktop.laptop import Laptop
from tests.server import ROOT, wait_for

MEMFOG = ("node", str(ROOT / "client" / "bin" / "memfog.js"))
TRANSCRIPTS = ROOT / "client" / "test" / "transcripts" / "tour" / "projects"
TOUR = "46d8d90b-c6db-4082-94e3-d909926f69a2"


@pytest.fixture
def fresh(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)


def test_connecting_needs_no_word_and_the_first_screen_is_not_empty(fresh: Laptop) -> None:
    shutil.copytree(TRANSCRIPTS, fresh.home / ".claude" / "projects")
    fresh.start()
    try:
        connected = fresh.shell(*MEMFOG, "connect", "claude-code")
        assert connected.returncode == 0, connected.stderr
        assert f"Connected Claude Code to {fresh.url} as me@localhost." in connected.stdout
        assert f"Next: see 1 past session(s) at {fresh.url}" in connected.stdout
        auth = fresh.home / ".memfog" / "auth.json"
        assert json.loads(auth.read_text()) == {"url": fresh.url, "token": fresh.token()}
        assert auth.stat().st_mode & 0o777 == 0o600
        found = json.loads(fresh.shell(*MEMFOG, "status", "--json").stdout)["findings"]
        # The speed of a hook depends on the machine that runs the tests.
        assert [one["text"] for one in found if not one["ok"] and one["name"] != "overhead"] == []
        with fresh.browser() as browser:
            press(browser, fresh.link())
            feed = browser.get("/").text
            assert "Waiting for the first event" not in feed
            assert "Please take the tour." in feed
            # It was run by `claude -p`, so the list folds it away.
            wait_for(lambda: "Show automated sessions" in browser.get("/sessions").text, what="the session")
            assert "Please take the tour." in browser.get("/sessions?automated=all").text
            (session,) = browser.get("/api/sessions", headers=_as_client(fresh)).json()["sessions"]
            assert (session["id"], session["ended_at"] is None) == (TOUR, False)
    finally:
        (fresh.home / ".memfog" / "auth.json").unlink(missing_ok=True)
        fresh.stop()


def _as_client(laptop: Laptop) -> dict[str, str]:
    return {"Authorization": f"Bearer {laptop.token()}"}


def test_a_revoked_token_is_told_no_more(fresh: Laptop) -> None:
    fresh.migrate()
    assert fresh.run("manage.py", "sign_in_link").returncode == 0
    revoke = "from accounts.models import Token; Token.objects.all().delete()"
    assert fresh.run("manage.py", "shell", "-c", revoke).returncode == 0
    fresh.start()
    try:
        assert json.loads((fresh.data / "server.json").read_text()) == {"url": fresh.url}
    finally:
        fresh.stop()
