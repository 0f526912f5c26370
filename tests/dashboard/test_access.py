"""Every page is accessible: axe finds nothing serious, in light, in dark and on a phone.

Also, no page skips a level of headings, the console has no error, no request goes to another host, and no page is wider
than a phone, or than the window at 200 %.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright._impl._api_structures import SetCookieParam, ViewportSize
from playwright.sync_api import BrowserContext, Page, Response

from tests.dashboard.every_page import Known, Stop, stops
from tests.dashboard.furnished import World, furnish
from tests.dashboard.looking import browsing
from tests.people import People
from tests.server import ROOT, Server

pytestmark = pytest.mark.browser

WHO = list(stops(Known()))
PAGES_PER_TEST = 6
# Visitor and number of the first page, for the pages that one test opens in one browser.
PARTS = [
    pytest.param(who, first, id=f"{who}-{pages[first].name}")
    for who, pages in stops(Known()).items()
    for first in range(0, len(pages), PAGES_PER_TEST)
]
WINDOW: ViewportSize = {"width": 1280, "height": 800}
ZOOMED: ViewportSize = {"width": 640, "height": 400}  # what is left of the window at 200 %
# Changes an open page to this size, without a reload: no script reads the width or the theme of the window.
# `test_other_hosts` loads pages at the width of a phone.
SIZES: dict[str, Callable[[Page], object]] = {
    "zoom": lambda page: page.set_viewport_size(ZOOMED),
    "light": lambda page: page.set_viewport_size(WINDOW),
    "dark": lambda page: page.emulate_media(color_scheme="dark"),
    "phone": lambda page: hold(page),
}
# The rules of axe whose result depends on colors: the only rules for which dark differs from light.
COLOR_RULES = ["color-contrast", "link-in-text-block"]
# The default rules of axe, except minor and moderate ones: a finding has the impact of its rule.
RUN = """async (only) => {
  const mild = axe._audit.rules.filter(({ impact }) => impact === "minor" || impact === "moderate");
  const rules = Object.fromEntries(mild.map(({ id }) => [id, { enabled: false }]));
  const chosen = only ? { runOnly: { type: "rule", values: only } } : { rules };
  return (await axe.run(document, { resultTypes: ["violations"], ...chosen })).violations;
}"""
# Of the headings of a page, also of closed parts, those that stand more than a level below the heading before.
SKIPPED = """() => {
  const parts = [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")];
  const levels = parts.map(({ tagName }) => Number(tagName[1]));
  return parts.filter((_, at) => levels[at] > (levels[at - 1] ?? 0) + 1)
    .map(({ tagName, textContent }) => `${tagName} skips a level: ${textContent.trim()}`);
}"""
# Visible texts that are smaller than 12 pixels. A drawing may be scaled.
SMALL = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walker.nextNode()) {
    const { parentElement: part, data } = walker.currentNode;
    if (!data.trim() || !part.checkVisibility({ visibilityProperty: true })) continue;
    const scale = part.getScreenCTM?.()?.a ?? 1;
    const size = parseFloat(getComputedStyle(part).fontSize) * scale;
    if (size < 11.9) found.add(`${size.toFixed(1)} px: ${part.tagName} ${data.trim().slice(0, 40)}`);
  }
  return [...found].slice(0, 5);
}"""
# Ends all CSS transitions, also those that begin with the next frames: on a busy machine a change of the theme is drawn
# later, and until then colors are those of the other theme.
SETTLE = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const running = () => document.getAnimations().filter((one) => one instanceof CSSTransition);
  await frame();
  await frame();
  for (let left = running(); left.length; left = running()) {
    left.forEach((one) => one.finish());
    await frame();
  }
}"""


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
def cookies(world: World) -> Callable[[str], list[SetCookieParam]]:
    """Returns the cookies of a visitor, who signs in only once."""
    return cache(world.cookies)


def look(browser: BrowserContext, axe: str, stop: Stop) -> dict[str, list[str]]:
    """Opens a page once and returns its problems at each size."""
    page = browser.new_page()
    page.set_viewport_size(WINDOW)
    page.emulate_media(color_scheme="light")
    answered = open_page(page, stop)
    page.evaluate(axe)
    told = {"answer": answered, "headings": page.evaluate(SKIPPED)}
    for size, turn in SIZES.items():
        turn(page)
        told[size] = too_wide(page) if size == "zoom" else wrong(page, COLOR_RULES if size == "dark" else None)
        told[size] += page.evaluate(SMALL)
    page.close()
    return {size: problems for size, problems in told.items() if problems}


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


def wrong(page: Page, rules: list[str] | None) -> list[str]:
    page.evaluate(SETTLE)
    return too_wide(page) + serious(page, rules)


def too_wide(page: Page) -> list[str]:
    return ["wider than the window"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")


def serious(page: Page, rules: list[str] | None) -> list[str]:
    return [
        f"{violation['id']}: {' '.join(node['target'])}: {' '.join(node['failureSummary'].split())}"
        for violation in page.evaluate(RUN, rules)
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def refused(pages: list[Stop]) -> set[str]:
    return {stop.path.partition("?")[0] for stop in pages if stop.status != 200}


@pytest.mark.slow
@pytest.mark.parametrize(("who", "first"), PARTS)
def test_no_page_has_a_serious_finding(
    world: World, cookies: Callable[[str], list[SetCookieParam]], axe: str, who: str, first: int
) -> None:
    pages = stops(world.known)[who]
    with browsing(world.server, cookies(who), refused=refused(pages), reduced_motion="reduce") as browser:
        told = {stop.name: look(browser, axe, stop) for stop in pages[first : first + PAGES_PER_TEST]}
    assert {name: problems for name, problems in told.items() if problems} == {}


def test_dark_differs_from_light_only_in_colors() -> None:
    """Otherwise all rules must run for the dark pages, too. The function `light-dark` takes only colors."""
    sheets = {path.name: path.read_text() for path in sorted((ROOT / "static").rglob("*.css"))}
    assert any("light-dark(" in text for text in sheets.values())
    assert [name for name, text in sheets.items() if "prefers-color-scheme" in text] == []


@pytest.mark.parametrize("who", WHO)
def test_every_page_says_what_it_is_without_scripts(
    world: World, cookies: Callable[[str], list[SetCookieParam]], who: str
) -> None:
    pages = stops(world.known)[who]
    with browsing(world.server, cookies(who), refused=refused(pages), java_script_enabled=False) as browser:
        page = browser.new_page()
        for path in {stop.path for stop in pages}:
            page.goto(path)
            assert page.locator("h1").first.is_visible(), path
            assert page.locator("main").inner_text().strip(), path
            for form in page.locator("main form").all():
                assert form.locator("button, [type=submit]").count(), path
