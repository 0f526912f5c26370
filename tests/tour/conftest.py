"""A browser as Debian packages it. An error on its console fails the test."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page

from tests.dashboard.looking import chromium
from tests.server import Server


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    complaints: list[str] = []
    may = ["clipboard-read", "clipboard-write"]
    with chromium() as browser, closing(browser.new_context(base_url=server.url, permissions=may)) as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    assert complaints == []
