"""No page sends a request to another host, or violates the content security policy."""

from contextlib import closing
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright._impl._api_structures import ViewportSize
from playwright.sync_api import ConsoleMessage, Error, Page

from tests.accounts.phones import give
from tests.dashboard.looking import chromium
from tests.dashboard.payloads import NAMES, event
from tests.house.test_isolation import PARAMETER, django_routes
from tests.people import Person, make_user
from tests.server import Server

pytestmark = pytest.mark.browser
# Downloads, and routes that are no pages.
NOT_PAGES = ("/export", "/memfog.tgz", "/memfog.json", "/api/", "/auth/", "/sync/", "/me", "/readyz", "/raw")


def pages(*, of_operators: bool) -> list[str]:
    """Returns the addresses of all pages whose parameters can be a number."""
    paths = {PARAMETER.sub("1", route) for route in django_routes() if "(?P" not in route}
    admin = {path for path in paths if path.startswith("/admin")}
    chosen = admin if of_operators else paths - admin
    return sorted(path for path in chosen if not path.startswith(NOT_PAGES) and not path.endswith(NOT_PAGES))


def visit(server: Server, paths: list[str], cookie: str = "") -> list[str]:
    """Returns the problems of these pages at the width of a phone."""
    wrong: list[str] = []
    ours = urlsplit(server.url).netloc

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    size: ViewportSize = {"width": 360, "height": 740}
    with chromium() as browser, closing(browser.new_context(base_url=server.url, viewport=size)) as context:
        if cookie:
            context.add_cookies([{"name": "session", "value": cookie, "url": server.url}])
        page = context.new_page()
        page.on("request", lambda request: None if _is_ours(request.url, ours) else wrong.append(request.url))
        page.on("console", hear)
        for path in paths:
            _look(page, path, wrong)
    return wrong


def _is_ours(url: str, ours: str) -> bool:
    return urlsplit(url).netloc == ours or url.startswith(("data:", "blob:"))


def _look(page: Page, path: str, wrong: list[str]) -> None:
    try:
        response = page.goto(path)
    except Error:  # an answer without a page, such as of a route that allows no GET
        return
    if response and response.status < 400 and not path.startswith("/admin"):
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wrong.append(f"{path} is {width} wide")


def signed_in(person: Person) -> str:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user)
    return client.cookies["session"].value


def test_pages_for_everybody(server: Server) -> None:
    assert visit(server, pages(of_operators=False)) == []


def test_pages_of_a_person(server: Server, alice: Person) -> None:
    alice.push(*[event(name) for name in NAMES])
    assert visit(server, pages(of_operators=False), signed_in(alice)) == []


def test_pages_of_operators(server: Server) -> None:
    operator = make_user(is_staff=True, is_superuser=True)
    give(operator)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(operator)
    session = client.session
    session["proof"] = str(operator.second_factor.id)
    session.save()
    assert visit(server, pages(of_operators=True), client.cookies["session"].value) == []
