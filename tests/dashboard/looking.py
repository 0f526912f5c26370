"""A person at a browser as Debian has it. What it complains of, and what it asks of other hosts, fails the test."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.dashboard.visitor import sign_in
from tests.people import Person
from tests.server import Server

# Chromium without what draws windows takes less than half of the processor time. `test_nothing_leaves` uses all of it.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
# What the policy refuses is a complaint too, whether or not the browser prints it.
# What Chromium prints about an address that was answered with an error.
REFUSED = "Failed to load resource: the server responded with a status of"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
TELL = "document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective}`))"


@contextmanager
def looking(server: Server, person: Person, **context: Any) -> Iterator[Page]:
    """The person's feed; at the end nothing may have been complained of, and nothing asked of another host."""
    with browsing(server, cookies(server, person), **context) as browser:
        page = browser.new_page()
        page.goto("/")
        if context.get("java_script_enabled", True):
            page.wait_for_selector("[data-state=live]")
        yield page


@contextmanager
def browsing(
    server: Server, jar: list[SetCookieParam], *, refused: Collection[str] = (), **settings: Any
) -> Iterator[BrowserContext]:
    """A browser with these cookies. That a page of `refused` was answered with an error is no complaint."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        path = urlsplit(message.location.get("url", "")).path
        if message.type == "error" and not (message.text.startswith(REFUSED) and path in refused):
            complaints.append(f"{path}: {message.text}")

    with chromium() as browser, closing(browser.new_context(base_url=server.url, **settings)) as context:
        context.add_cookies(jar)
        context.add_init_script(TELL)
        context.on("console", hear)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        context.on("request", lambda request: complaints.extend([request.url] * (not _is_own(server, request.url))))
        yield context
    assert not complaints, complaints


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for one test. One for all of a run was a fifth cheaper, and once hung between two tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


def cookies(server: Server, person: Person) -> list[SetCookieParam]:
    """What a browser of this person has. All browsers share an address, which may sign in ten times a minute."""
    with server.client() as http:
        http.headers["User-Agent"] = BROWSER
        return [
            {"name": name, "value": value, "url": server.url}
            for name, value in sign_in(http, person.user).cookies.items()
        ]


def _is_own(server: Server, url: str) -> bool:
    return url.startswith((f"{server.url}/", "file:///"))
