"""A person at a browser as Debian has it. What it complains of, and what it asks of other hosts, fails the test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Page, sync_playwright

from tests.dashboard.visitor import sign_in
from tests.people import Person
from tests.server import Server

CHROMIUM = shutil.which("chromium")
# What the policy refuses is a complaint too, whether or not the browser prints it.
TELL = "document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective}`))"


@contextmanager
def looking(server: Server, person: Person, **context: Any) -> Iterator[Page]:
    """The person's feed; at the end nothing may have been complained of, and nothing asked of another host."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        signed_in = browser.new_context(base_url=server.url, **context)
        signed_in.add_cookies(cookies(server, person))
        page = signed_in.new_page()
        page.add_init_script(TELL)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: complaints.extend([request.url] * (not _is_own(server, request.url))))
        page.goto("/")
        if context.get("java_script_enabled", True):
            page.wait_for_selector("[data-state=live]")
        yield page
        browser.close()
    assert not complaints


def cookies(server: Server, person: Person) -> list[SetCookieParam]:
    """What a browser of this person has. All browsers share an address, which may sign in ten times a minute."""
    with server.client() as http:
        return [
            {"name": name, "value": value, "url": server.url}
            for name, value in sign_in(http, person.user).cookies.items()
        ]


def _is_own(server: Server, url: str) -> bool:
    return url.startswith((f"{server.url}/", "file:///"))
