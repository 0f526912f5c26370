"""A long session read to its end: its page stays small, nothing jumps, and links, find and print know all of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from memory.projection import projector
from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.dashboard.veteran import Told
from tests.people import Person
from tests.server import DEADLINE, Server, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=DEADLINE * 1_000)

MAX_NODES = 5_000  # with texts
# Counted in two frames: what comes is added in one frame, and what is far is unloaded in the next.
COUNT_NODES = """async () => {
  const counts = [];
  for (let frame = 0; frame < 2; frame += 1) {
    await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done));
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
    counts.push(0);
    while (walker.nextNode()) counts[frame] += 1;
  }
  return Math.min(...counts);
}"""


def make_session(prompts: int, calls: int) -> list[dict[str, Any]]:
    """A session of prompts with as many tool calls each: edits, commands that succeed and fail, and reads."""
    told = Told("long", "/home/ada/shop", datetime.now(UTC) - timedelta(hours=9))
    told.hook("session_start", source="startup")
    for turn in range(prompts):
        told.hook("prompt_submit", 60, prompt=f"Mend part {turn + 1}.")
        for number in range(calls):
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


@contextmanager
def reading(server: Server, person: Person, prompts: int, calls: int, path: str = "") -> Iterator[Page]:
    """Opens the page of a session with these numbers of prompts and calls of each."""
    events = make_session(prompts, calls)
    for at in range(0, len(events), 500):
        person.push(*events[at : at + 500])
    projector.catch_up(person.id)
    with looking(server, person, viewport={"width": 1400, "height": 900}) as page:
        page.goto(f"/sessions/long{path}")
        page.wait_for_selector(".session-map .strip a")
        yield page


def read_to_end(page: Page) -> int:
    """Scrolls to the end of the session. Returns the greatest number of nodes that the page had."""
    most = 0

    def is_at_end() -> bool:
        nonlocal most
        page.mouse.wheel(0, 2_500)
        most = max(most, page.evaluate(COUNT_NODES))
        return bool(page.evaluate(AT_END))

    wait_for(is_at_end, what="the end of the session", seconds=600)
    return most


AT_END = """document.documentElement.scrollHeight - innerHeight - scrollY < 2
  && !document.querySelector('[data-more]')"""
# The number of a step on the screen, and where it is.
SEEN = """() => [...document.querySelectorAll('#timeline .step')]
  .map((step) => [step.id, step.getBoundingClientRect().top]).find(([, top]) => top > 200 && top < 800)"""


@pytest.mark.slow
def test_a_thousand_calls_read_to_their_end_and_back_stay_a_small_page(server: Server, alice: Person) -> None:
    with reading(server, alice, prompts=8, calls=125) as page:
        assert read_to_end(page) < MAX_NODES
        assert page.locator(".step").count() < 100
        height = page.evaluate("document.documentElement.scrollHeight")
        for _ in range(6):
            step, top = page.wait_for_function(SEEN).json_value()
            page.mouse.wheel(0, -500)
            page.wait_for_function("(y) => scrollY < y", arg=page.evaluate("scrollY") + 1)
            page.wait_for_function(
                "([id, top]) => Math.abs(document.getElementById(id).getBoundingClientRect().top - top - 500) < 1",
                arg=[step, top],
            )
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator("#e-3")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollHeight") == height


def test_links_find_and_print_know_what_is_unloaded(server: Server, alice: Person) -> None:
    with reading(server, alice, prompts=3, calls=50) as page:
        read_to_end(page)
        expect(page.locator("#e-5")).to_have_count(0)
        page.evaluate("window.isSamePage = true")
        page.locator(".cost-bar svg a").first.click()
        expect(page.locator(".turn:target h2")).to_contain_text("Mend part 1.")
        expect(page.locator(".turn:target h2")).to_be_in_viewport()
        page.locator(".prompt-rail a").last.click()
        expect(page.locator(".turn:target h2")).to_contain_text("Mend part 3.")
        page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<a id=to href=#e-61>to</a>')")
        expect(page.locator("#e-61")).to_have_count(0)
        page.locator("#to").evaluate("(link) => link.click()")
        expect(page.locator("#e-61.step:target")).to_be_in_viewport()
        assert page.evaluate("window.isSamePage")
        page.evaluate(COUNT_PRINTED)
        page.pdf()
        assert page.evaluate("window.printed") == [3, 1 + 3 * 51]
        expect(page.locator(".timeline.whole")).to_have_count(0)
        page.fill("#find", "step-1-4")
        page.keyboard.press("Enter")
        page.locator(".step-links a").first.click()
        expect(page.locator(".step:target")).to_contain_text("make step-1-4")


COUNT_PRINTED = """() => {
  const count = (part) => document.querySelectorAll(`.timeline.whole ${part}`).length;
  addEventListener('beforeprint', () => { window.printed = [count('h2:not(.unseen)'), count('.step')]; });
}"""


def test_what_a_reader_opened_and_what_comes_live_is_there_again(server: Server, alice: Person) -> None:
    with reading(server, alice, prompts=3, calls=50) as page:
        read, closed = page.locator("#e-9 > .use"), page.locator("#e-3 > .use")
        read.locator("summary").first.click()
        expect(read.locator(".raw").first).to_be_attached()
        closed.locator("summary").first.click()
        page.evaluate("document.activeElement.blur()")  # what has the focus is not unloaded
        read_to_end(page)
        expect(read).to_have_count(0)
        # Early in the third turn, of which the first steps are unloaded.
        asked = page.locator(".turn").nth(-1).locator(".when time").get_attribute("datetime")
        ts = (datetime.fromisoformat(asked or "") + timedelta(seconds=6)).isoformat()
        command = {"command": "make late"}
        alice.push(event("PostToolUse", session_id="long", ts=ts, tool_use_id="late", tool_input=command))
        alice.push(event("Stop", session_id="long", last_assistant_message="The very end."))
        expect(page.get_by_text("The very end.")).to_be_attached()
        expect(page.locator(".step", has_text="make late")).to_have_count(0)
        page.locator(".prompt-rail a").last.click()
        expect(page.locator(".step", has_text="make late")).to_have_count(1)
        page.evaluate("scrollTo(0, 0)")
        expect(read).to_have_attribute("open", "")
        expect(read.locator(".raw").first).to_be_attached()
        expect(closed).not_to_have_attribute("open", "")


def test_keys_go_to_failures_that_are_unloaded_or_on_another_page(server: Server, alice: Person) -> None:
    with reading(server, alice, prompts=2, calls=50, path="?at=89#e-89") as page:
        focused = page.locator(".step:focus-within > .use > summary .target")

        def press(key: str, *names: str) -> None:
            for name in names:
                page.keyboard.press(key)
                expect(focused).to_have_text(f"pytest tests/test_{name}.py")

        expect(page.locator("#e-89.step:target")).to_be_in_viewport()
        press("n", "2-7", "2-32")
        page.keyboard.press("n")  # there is no other
        press("p", "2-7")
        page.keyboard.press("p")
        expect(page.locator(".step:target > .use > summary .target")).to_have_text("pytest tests/test_1-32.py")
        read_to_end(page)
        page.evaluate("document.activeElement.blur()")
        expect(page.locator(".step", has_text="test_1-32")).to_have_count(0)
        press("n", "1-32", "2-7", "2-32")


def test_the_map_is_moved_by_pointer_and_by_key(server: Server, alice: Person) -> None:
    with reading(server, alice, prompts=3, calls=50) as page:
        strip = page.locator(".session-map .strip")
        box = strip.bounding_box()
        assert box
        window = page.locator(".session-map .window")
        page.mouse.move(box["x"] + 5, box["y"] + 10)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + 10, steps=4)
        expect(page.locator(".strip.dragging")).to_be_in_viewport()
        page.wait_for_function("scrollY > 300")
        assert 20 < float(window.get_attribute("x") or 0) < 80
        page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10, steps=4)
        page.mouse.up()
        page.wait_for_url(re.compile(r"\?at=\d+#e-\d+$"))
        page.wait_for_selector(".session-map .strip a")
        slider = page.locator(".map-slider")
        slider.focus()
        page.keyboard.press("Home")
        page.wait_for_url(re.compile(r"\?at=\d#e-\d$"))
        expect(slider).to_be_focused()
        assert slider.get_attribute("aria-valuetext")
