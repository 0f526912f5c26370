"""Debian's Chromium, used by a test. Errors in its console and requests to other hosts fail the test."""

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

# Chromium without a window system takes less than half of the processor time. `test_nothing_leaves` uses the full one.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
# Chromium's message about an address that answered with an error status.
REFUSED = "Failed to load resource: the server responded with a status of"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
TELL = "document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective}`))"


@contextmanager
def looking(server: Server, person: Person, **context: Any) -> Iterator[Page]:
    """Opens the user's feed. Fails at the end if there was an error or a request to another host."""
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
    """Yields a browser with these cookies. Fails at the end if there was an error or a request to another host.

    An error status of a page in `refused` is expected.
    """
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
    """A browser for one test. A browser for a whole run saved a fifth of the time, but once hung between two tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


def cookies(server: Server, person: Person) -> list[SetCookieParam]:
    """Signs the user in and returns the cookies.

    Uses a client with its own address: all browsers share one address, which may sign in ten times a minute.
    """
    with server.client() as http:
        http.headers["User-Agent"] = BROWSER
        return [
            {"name": name, "value": value, "url": server.url}
            for name, value in sign_in(http, person.user).cookies.items()
        ]


def _is_own(server: Server, url: str) -> bool:
    return url.startswith((f"{server.url}/", "file:///"))
