"""Every page shows whether it is connected, and its tab how many sessions wait. One tab polls for all tabs."""

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.base.test_scope import in_shop, told
from tests.dashboard.looking import looking
from tests.dashboard.navigation.test_pulse import ago
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.browser


def sooner(page: Page) -> None:
    """Advances the page's clock to the next poll, so that the test does not wait for ten seconds."""
    page.clock.run_for(13_000)


def test_a_page_without_a_stream_hears_of_who_waits(server: Server, alice: Person) -> None:
    alice.push(in_shop(at=ago(minutes=5)))
    with looking(server, alice) as page:
        page.clock.install()
        page.goto("/settings")
        expect(page.locator("#connection-status .connection-label")).to_have_text("Live")
        expect(page.locator("#connection-status .age")).to_contain_text("5 min ago")
        expect(page).to_have_title("Settings · Memfog")
        alice.push(told(name="Stop"))
        sooner(page)
        expect(page).to_have_title("(1) Settings · Memfog")
        expect(page.locator('link[rel="icon"]')).to_have_attribute("href", "/live/icon/1.svg")
        alice.push(told(prompt="Go on"))
        sooner(page)
        expect(page).to_have_title("Settings · Memfog")
        expect(page.locator('link[rel="icon"]')).to_have_attribute("href", "/static/favicon.svg")


def test_a_page_says_when_it_hears_nothing(server: Server, alice: Person) -> None:
    with looking(server, alice) as page:
        page.clock.install()
        page.goto("/machines")
        expect(page.locator("#connection-status .connection-label")).to_have_text("Live")
        page.route("**/live/pulse", lambda route: route.fulfill(status=204, body=""))
        sooner(page)
        expect(page.locator("#connection-status .connection-label")).to_have_text("Catching up…")
        page.clock.run_for(30_000)
        expect(page.locator("#connection-status .connection-label")).to_have_text("Offline")
        page.unroute("**/live/pulse")
        page.clock.run_for(60_000)
        expect(page.locator("#connection-status .connection-label")).to_have_text("Live")


def test_one_tab_asks_for_all(server: Server, alice: Person) -> None:
    alice.push(in_shop())
    with looking(server, alice) as page:
        asked: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url) if "pulse" in request.url else None)
        page.goto("/machines")
        other = page.context.new_page()
        other.goto("/settings")
        expect(other.locator("#connection-status .connection-label")).to_have_text("Live")
        alice.push(told(name="Stop"))
        told_before = len(asked)
        page.evaluate("document.dispatchEvent(new Event('events'))")
        expect(page).to_have_title("(1) Machines & tokens · Memfog")
        expect(other).to_have_title("(1) Settings · Memfog")
        assert len(asked) == told_before + 1


def test_a_session_s_page_counts_too(server: Server, alice: Person) -> None:
    alice.push(in_shop())
    with looking(server, alice) as page:
        page.goto("/sessions/shop")
        page.wait_for_selector("[data-state=live]")
        title = page.title()
        alice.push(in_shop(name="Stop"))
        expect(page).to_have_title(f"(1) {title}")
