"""Every page can be used by everybody: axe finds nothing serious, in light, in dark, and on a phone.

On the way nothing is complained of in the console, nothing is asked of another host, and nothing is wider than a phone.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from tests.dashboard.every_page import Known, Stop, stops
from tests.dashboard.furnished import World, furnish
from tests.dashboard.looking import browsing
from tests.people import People
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

WHO = list(stops(Known()))
SIZES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}, "has_touch": True},
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The program itself: `AXE` names its file (axe-core, axe.min.js)."""
    return Path(os.environ["AXE"]).read_text()


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    people = People(server.url)
    yield furnish(server, people, {who: people() for who in WHO if who != "nobody"})
    people.close()


def serious(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {' '.join(node['target'])}: {' '.join(node['failureSummary'].split())}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def wrong(page: Page, stop: Stop, axe: str) -> list[str]:
    """What is wrong with this page."""
    statuses: list[int] = []

    def hear(response: Response) -> None:
        if response.request.is_navigation_request():
            statuses.append(response.status)

    page.on("response", hear)
    page.goto(stop.path)
    stop.prepare(page)
    found = [] if statuses[-1:] == [stop.status] else [f"answered with {statuses}"]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found + serious(page, axe)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_serious_finding(world: World, axe: str, size: str, who: str) -> None:
    pages = stops(world.known)[who]
    refused = {stop.path.partition("?")[0] for stop in pages if stop.status != 200}
    found: dict[str, list[str]] = {}
    with browsing(world.server, world.cookies(who), refused=refused, reduced_motion="reduce", **SIZES[size]) as browser:
        for stop in pages:
            page = browser.new_page()
            found[stop.name] = wrong(page, stop, axe)
            page.close()
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize("who", WHO)
def test_every_page_says_what_it_is_without_scripts(world: World, who: str) -> None:
    pages = stops(world.known)[who]
    refused = {stop.path.partition("?")[0] for stop in pages if stop.status != 200}
    with browsing(world.server, world.cookies(who), refused=refused, java_script_enabled=False) as browser:
        page = browser.new_page()
        for path in {stop.path for stop in pages}:
            page.goto(path)
            assert page.locator("h1").first.is_visible(), path
            assert page.locator("main").inner_text().strip(), path
            for form in page.locator("main form").all():
                assert form.locator("button, [type=submit]").count(), path
