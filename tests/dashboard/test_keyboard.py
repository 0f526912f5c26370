"""The main pages by keyboard alone: the focus goes on, is seen, and comes to the content of the page."""

import pytest
from playwright.sync_api import Page

from dashboard.demo import demo_data
from tests.dashboard.looking import looking
from tests.people import Person
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

MAX_TABS = 45
PATHS = (
    "/",
    "/sessions",
    "/sessions/demo-1",
    "/search?q=refund",
    "/files",
    "/insights",
    "/memory",
    "/machines",
    "/settings",
)
# Where the focus is: its name, whether one sees it, and whether it is in the content of the page.
FOCUS = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && box.width > 0 && box.height > 0;
  one.dataset.tabbed = Number(one.dataset.tabbed ?? 0) + 1;
  const name = `${one.tagName} ${one.textContent.trim().slice(0, 30)}`;
  return { name, isSeen, isInMain: one.closest("main") !== null, times: Number(one.dataset.tabbed) };
}"""


def walk(page: Page) -> list[str]:
    """Presses Tab until the focus has gone round, and returns what was wrong."""
    problems, seen_main = list[str](), False
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or focus["times"] > 1:
            break
        seen_main = seen_main or focus["isInMain"]
        if not focus["isSeen"]:
            problems.append(f"not seen: {focus['name']}")
    return problems + ([] if seen_main else ["the content is not reached"])


def test_the_focus_is_seen_and_reaches_the_content(server: Server, alice: Person) -> None:
    demo_data.load(alice.id)
    with looking(server, alice) as page:
        problems = {}
        for path in PATHS:
            page.goto(path)
            problems[path] = walk(page)
    assert {path: found for path, found in problems.items() if found} == {}
