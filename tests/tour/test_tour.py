"""The tour of the README as a new user takes it: from sign-up to the first event that arrives by itself."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.people import Person
from tests.server import ROOT, Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PASSWORD = "a heron stands in the fog"


class Shell:
    """A developer's terminal with its own home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # A fake Claude Code that only prints its version.
        claude = home / ".local" / "bin" / "claude"
        claude.parent.mkdir(parents=True)
        claude.write_text('#!/bin/sh\necho "2.1.332 (Claude Code)"\n')
        claude.chmod(0o755)
        self.environment = {"HOME": str(home), "PATH": os.environ["PATH"], "npm_config_update_notifier": "false"}

    def run(self, *command: str, stdin: str = "") -> str:
        ran = subprocess.run(
            command, env=self.environment, cwd=self.home, input=stdin, capture_output=True, text=True, timeout=240
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def settings(self) -> dict[str, list[dict[str, list[dict[str, object]]]]]:
        return dict(json.loads((self.home / ".claude" / "settings.json").read_text())["hooks"])

    def fire(self, event: str, payload: str) -> None:
        """Does what Claude Code does at a lifecycle event: runs the command of the settings, with a payload."""
        (hook,) = self.settings()[event][0]["hooks"]
        assert self.run("/bin/sh", "-c", str(hook["command"]), stdin=payload) == ""


def sign_up(page: Page, server: Server, address: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("sign up", re.IGNORECASE)).first.click()
    page.fill("[name=email]", address)
    page.fill("[name=password]", PASSWORD)
    page.locator("main button").click()
    expect(page.get_by_text(address)).to_be_visible()


def follow_the_mail(page: Page, server: Server, address: str, subject: str) -> None:
    """Opens the mailbox at the address that the terminal prints, and follows the link of the mail."""
    server.mails_to(address)
    page.goto(server.mailbox)
    page.locator("main div", has_text=address).get_by_role("link", name=subject).first.click()
    page.locator("main a[href*='token=']").click()


def sign_in(page: Page, address: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", address)
    page.fill("[name=password]", password)
    page.locator("main button").click()
    page.wait_for_url("/")


def test_from_sign_up_to_the_first_live_event(page: Page, server: Server, tmp_path: Path) -> None:
    address = f"{uuid4().hex}@example.com"
    sign_up(page, server, address)
    follow_the_mail(page, server, address, "Verify your address")
    page.locator("main button").click()
    page.wait_for_url("/")  # the link signs in the browser that signed up
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()

    page.get_by_role("button", name="Copy the command", exact=True).click()
    command = shlex.split(str(page.evaluate("navigator.clipboard.readText()")))
    assert command[:3] == ["npx", "-y", f"{server.url}/memfog.tgz"]
    shell = Shell(tmp_path)
    told = shell.run(*command)
    assert len(told.strip().splitlines()) <= 5
    assert len(shell.settings()) == 12
    assert (tmp_path / ".memfog" / "auth.json").stat().st_mode & 0o777 == 0o600

    payload = (ROOT / "tests" / "payloads" / "UserPromptSubmit.json").read_text()
    shell.fire("UserPromptSubmit", payload.replace("Please take the tour.", "Why is the sky blue?"))
    expect(page.get_by_text("Why is the sky blue?")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Waiting for the first event")).to_have_count(0)

    shell.run("npx", "-y", f"{server.url}/memfog.tgz", "disconnect", "claude-code")
    assert not (tmp_path / ".claude" / "settings.json").exists()  # the file did not exist before, either


def test_a_forgotten_password(alice: Person, page: Page, server: Server) -> None:
    user = alice.user
    page.goto("/sign-in")
    page.get_by_role("link", name=re.compile("forgot", re.IGNORECASE)).click()
    page.fill("[name=email]", user.email)
    page.locator("main button").click()
    follow_the_mail(page, server, user.email, "Reset your Memfog password")
    page.fill("[name=password]", "another heron, another fog")
    page.locator("main button").click()
    sign_in(page, user.email, "another heron, another fog")
    expect(page.get_by_text("Waiting for the first event")).to_be_visible()
