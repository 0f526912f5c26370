"""A long session read to its end: its page stays small, nothing jumps, and links, find and print know all of it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.looking import looking
from tests.dashboard.veteran import Told
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser

PROMPTS, CALLS = 8, 125  # tool calls of each prompt: a thousand together
MAX_NODES = 5_000
COUNT_NODES = """() => {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
  let count = 0;
  while (walker.nextNode()) count += 1;
  return count;
}"""


def long_session() -> list[dict[str, Any]]:
    """A thousand tool calls under eight prompts: edits, commands that succeed and fail, and reads."""
    told = Told("long", "/home/ada/shop", datetime.now(UTC) - timedelta(hours=9))
    told.hook("session_start", source="startup")
    for turn in range(PROMPTS):
        told.hook("prompt_submit", 60, prompt=f"Mend part {turn + 1}.")
        for number in range(CALLS):
            _work(told, f"{turn + 1}-{number}", number)
        told.usage("claude-opus-4-8-20260401", 100_000 * (turn + 1))
        told.hook("stop", last_assistant_message=f"Part {turn + 1} is **done**.")
    return told.events


def _work(told: Told, name: str, number: int) -> None:
    if number % 5 == 1:
        told.edit(f"src/part_{name}.py", "    cents = 0", "    cents = round(total, 2)\n    log(cents)")
    elif number % 25 == 7:
        told.bash(f"pytest tests/test_{name}.py", error=f"Exit code 1\nFAILED {name}")
    elif number % 5 == 3:
        told.tool("Read", {"file_path": f"{told.project}/src/{name}.py"}, {"file": {"numLines": 210}})
    else:
        told.bash(f"make step-{name}", "ok")


@pytest.fixture
def reader(server: Server, alice: Person) -> Iterator[Page]:
    events = long_session()
    for at in range(0, len(events), 500):
        alice.push(*events[at : at + 500])
    with looking(server, alice, viewport={"width": 1400, "height": 900}) as page:
        page.goto("/sessions/long")
        page.wait_for_selector(".session-map .strip")
        yield page


def read_on(page: Page) -> bool:
    """Scrolls down by some screens. Returns whether this is the end of the session."""
    page.mouse.wheel(0, 2_500)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    at_end = "document.documentElement.scrollHeight - innerHeight - scrollY < 2"
    return page.evaluate(at_end) and page.locator("[data-more]").count() == 0


def test_a_thousand_calls_read_to_their_end_stay_a_small_page(reader: Page) -> None:
    most = 0

    def is_read() -> bool:
        nonlocal most
        ended = read_on(reader)
        most = max(most, reader.evaluate(COUNT_NODES))
        return ended

    wait_for(is_read, what="the end of the session")
    print("most nodes", most, reader.locator(".step").count(), reader.evaluate("document.documentElement.scrollHeight"))
    assert most < MAX_NODES
