"""Every page is accessible: axe finds nothing serious, in light, in dark and on a phone.

Also, the console has no error, no request goes to another host, and no page is wider than a phone.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright._impl._api_structures import ViewportSize
from playwright.sync_api import Page, Response

from tests.dashboard.every_page import Known, Stop, stops
from tests.dashboard.furnished import World, furnish
from tests.dashboard.looking import browsing
from tests.people import People
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

WHO = list(stops(Known()))
WINDOW: ViewportSize = {"width": 1280, "height": 800}
# Changes an open page to this size, without a reload: no script reads the width or the theme of the window.
# `test_other_hosts` loads pages at the width of a phone.
SIZES: dict[str, Callable[[Page], object]] = {
    "light": lambda page: page.emulate_media(color_scheme="light"),
    "dark": lambda page: page.emulate_media(color_scheme="dark"),
    "phone": lambda page: hold(page),
}
# The default rules of axe, except minor and moderate ones: a finding has the impact of its rule.
RUN = """async () => {
  const mild = axe._audit.rules.filter(({ impact }) => impact === "minor" || impact === "moderate");
  const rules = Object.fromEntries(mild.map(({ id }) => [id, { enabled: false }]));
  return (await axe.run(document, { resultTypes: ["violations"], rules })).violations;
}"""
# Ends all CSS transitions: even a transition without duration lasts until the next frame.
SETTLE = """() => document.getAnimations().forEach((one) => {
  if (one instanceof CSSTransition) one.finish();
})"""
Told = dict[str, list[str]]  # name of the page → its problems


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core. The variable `AXE` names its file, axe.min.js."""
    return Path(os.environ["AXE"]).read_text()


@pytest.fixture(scope="module")
def world(server: Server) -> Iterator[World]:
    people = People(server.url)
    yield furnish(server, people, {who: people() for who in WHO if who != "nobody"})
    people.close()


@pytest.fixture(scope="module")
def found(world: World, axe: str) -> Callable[[str], dict[str, Told]]:
    """Returns the problems of a visitor's pages at each size. Opens the pages only on the first call."""
    return cache(lambda who: look(world, axe, who))


def look(world: World, axe: str, who: str) -> dict[str, Told]:
    told: dict[str, Told] = {size: {} for size in SIZES}
    pages = stops(world.known)[who]
    refused = {stop.path.partition("?")[0] for stop in pages if stop.status != 200}
    with browsing(world.server, world.cookies(who), refused=refused, reduced_motion="reduce") as browser:
        for stop in pages:
            page = browser.new_page()
            page.set_viewport_size(WINDOW)
            answered = open_page(page, stop)
            page.evaluate(axe)
            for size, turn in SIZES.items():
                turn(page)
                told[size][stop.name] = answered + wrong(page)
            page.close()
    return told


def open_page(page: Page, stop: Stop) -> list[str]:
    """Opens a page and prepares it. Returns a problem if its status is not the expected one."""
    statuses: list[int] = []

    def hear(response: Response) -> None:
        if response.request.is_navigation_request():
            statuses.append(response.status)

    page.on("response", hear)
    page.goto(stop.path)
    stop.prepare(page)
    return [] if statuses[-1:] == [stop.status] else [f"answered with {statuses}"]


def hold(page: Page) -> None:
    """Emulates a phone: its width and touch events."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("innerWidth === 360")
    page.context.new_cdp_session(page).send("Emulation.setTouchEmulationEnabled", {"enabled": True})


def wrong(page: Page) -> list[str]:
    page.evaluate(SETTLE)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return ["wider than the window"] * wide + serious(page)


def serious(page: Page) -> list[str]:
    return [
        f"{violation['id']}: {' '.join(node['target'])}: {' '.join(node['failureSummary'].split())}"
        for violation in page.evaluate(RUN)
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_serious_finding(found: Callable[[str], dict[str, Told]], size: str, who: str) -> None:
    assert {name: told for name, told in found(who)[size].items() if told} == {}


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
