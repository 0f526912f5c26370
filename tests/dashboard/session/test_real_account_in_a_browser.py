"""An account with years of sessions at the widths of a desktop, a small window and a phone: what one saw there once
was crushed, cut, dead to a click or without a name.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from memory.projection import projector
from tests.dashboard import veteran
from tests.dashboard.looking import looking
from tests.people import People, Person
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
SMALL: dict[str, Any] = {"viewport": {"width": 1024, "height": 800}}
AT_ONCE = 500
LINE_PX = 24  # no line of small text is as high
# Of the visible texts, those that take more than one line, or of which a part is cut.
BROKEN = """(parts) => parts.filter((part) => part.checkVisibility()).filter((part) => {
  const box = part.getBoundingClientRect();
  return box.height > 24 || part.scrollWidth > part.clientWidth + 1;
}).map((part) => part.textContent.trim())"""

MIDDLES = "(all) => all.map((one) => one.getBoundingClientRect()).map(({ y, height }) => y + height / 2)"


@pytest.fixture(scope="module")
def edsger(server: Server) -> Iterator[Person]:
    people = People(server.url)
    person, events = people(), veteran.veteran()
    for at in range(0, len(events), AT_ONCE):
        person.push(*events[at : at + AT_ONCE])
    projector.catch_up(person.id)
    yield person
    people.close()


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found, selector
    return found


def test_the_whole_card_of_a_session_takes_a_tap(server: Server, edsger: Person) -> None:
    with looking(server, edsger, **PHONE) as page:
        page.goto("/sessions")
        row = page.locator(".session-row").nth(3)
        address = row.locator("a").first.get_attribute("href") or ""
        size = row.bounding_box()
        assert size
        for corner in ((12, 8), (size["width"] - 12, size["height"] - 8)):
            page.goto("/sessions")
            page.locator(".session-row").nth(3).tap(position={"x": corner[0], "y": corner[1]})
            page.wait_for_url(address)


def test_the_head_of_a_session_leaves_a_phone_to_its_timeline(server: Server, edsger: Person) -> None:
    with looking(server, edsger, **PHONE) as page:
        page.goto(f"/sessions/{veteran.LONG}")
        page.wait_for_selector(".session-map svg")
        bar, header = box(page, ".session-bar"), box(page, ".session-header")
        assert header["y"] + header["height"] - bar["y"] <= 150
        assert box(page, ".timeline")["y"] < 340
        assert page.locator(".session-bar .state").evaluate_all(BROKEN) == []
        assert page.locator(".session-line").evaluate("(part) => part.clientHeight") <= 2 * LINE_PX
        page.get_by_text("Details", exact=True).click()
        expect(page.locator(".all-facts .facts")).to_contain_text("Opus 4.8")
        heading = page.locator(".session-bar h1")
        assert heading.evaluate("(part) => part.scrollHeight <= part.clientHeight + 1"), "a part of the title is cut"


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["phone", "small"])
def test_what_claude_wrote_is_within_the_page(server: Server, edsger: Person, size: dict[str, Any]) -> None:
    with looking(server, edsger, **size) as page:
        page.goto(f"/sessions/{veteran.TABLE}")
        prose, timeline = box(page, ".payload .prose"), box(page, ".timeline")
        assert prose["x"] + prose["width"] <= timeline["x"] + timeline["width"]


def test_titles_have_room_in_a_small_window(server: Server, edsger: Person) -> None:
    with looking(server, edsger, **SMALL) as page:
        page.goto("/sessions")
        assert box(page, "table.sessions tbody .session-row th")["width"] > 280
        title = page.locator(".session-row th > a bdi")
        assert all(height < 3 * LINE_PX for height in title.evaluate_all("(all) => all.map((one) => one.offsetHeight)"))
        fields = page.locator("#session-filter :is(input, select, button, summary):visible")
        middles = sorted(fields.evaluate_all(MIDDLES))
        starts = [at for at, middle in enumerate(middles) if not at or middle - middles[at - 1] > LINE_PX / 2]
        assert 1 not in [end - start for start, end in pairwise([*starts, len(middles)])], "a field alone in its line"


@pytest.mark.parametrize("session", [veteran.LONG, "imported-1", "day-120"])
def test_the_time_of_a_step_is_one_line_at_any_age(server: Server, edsger: Person, session: str) -> None:
    with looking(server, edsger) as page:
        page.goto(f"/sessions/{session}")
        times = page.locator(".step .use > summary time")
        assert times.count()
        assert times.evaluate_all(BROKEN) == []
        assert page.locator(".turn-head time").evaluate_all(BROKEN) == []


def test_the_map_says_what_it_shows(server: Server, edsger: Person) -> None:
    with looking(server, edsger) as page:
        page.goto(f"/sessions/{veteran.LONG}")
        page.wait_for_selector(".session-map svg")
        expect(page.locator(".map-legend")).to_contain_text("command")
        expect(page.locator(".map-legend")).to_contain_text("idle")
        assert page.locator(".session-map .axis text").count() >= 3
        call = page.locator(".session-map .strip a[data-title*='+']").last
        call.hover()
        expect(call.locator("title")).to_contain_text(re.compile(r"^\w+, \+\d"))
        fold = box(page, ".session-map .strip .fold")
        assert fold["width"] < 0.2 * box(page, ".session-map .strip")["width"], "a night takes little of the map"


@pytest.mark.parametrize(
    ("path", "block", "begins"),
    [
        (veteran.HUGE, "figure.boxed", "[00000] compiling module 0"),
        (veteran.HUGE, ".turn-head", "Why is the nightly build so slow?"),
        (veteran.LONG, ".prompt", veteran.PROMPTS[0]),
        (veteran.LONG, "figure.change", "def total(invoice):"),
        (f"{veteran.TABLE}/conversation", ".prose pre", "SELECT sum(measure_0)"),
        (f"{veteran.TABLE}/conversation", ".prose", "What the load test says"),
    ],
)
def test_what_one_reads_can_be_copied(server: Server, edsger: Person, path: str, block: str, begins: str) -> None:
    with looking(server, edsger, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"/sessions/{path}")
        if block.startswith("figure"):
            page.locator(".step .use:not([open]) > summary").nth(1).click()
        found = page.locator(block).first
        size = "(part) => [part.clientWidth, part.clientHeight, part.scrollHeight]"
        before = found.evaluate(size)
        found.hover(position={"x": 20, "y": 8})
        found.locator("> .copy-block").click()
        expect(found.locator("> .copy-block")).to_have_text("Copied ✓")
        assert page.evaluate("navigator.clipboard.readText()").strip().startswith(begins)
        assert found.evaluate(size) == before, "the button moves nothing"


def test_the_key_y_copies_the_address_of_a_step(server: Server, edsger: Person) -> None:
    with looking(server, edsger, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"/sessions/{veteran.LONG}?at=end")
        page.keyboard.press("j")
        seq = str(page.evaluate("document.activeElement.closest('.step').id")).removeprefix("e-")
        page.keyboard.press("y")
        expected = f"{server.url}/sessions/{veteran.LONG}?at={seq}#e-{seq}"
        page.wait_for_function("async (text) => await navigator.clipboard.readText() === text", arg=expected)


def test_the_facts_of_a_session_lead_to_more_of_the_same(server: Server, edsger: Person) -> None:
    with looking(server, edsger) as page:
        for name, query in (("claude-history", "project="), ("laptop", "machine="), ("Fable 5", "q=")):
            page.goto(f"/sessions/{veteran.TABLE}")
            page.locator(".session-line").get_by_role("link", name=name).click()
            page.wait_for_url(re.compile(re.escape(query)))
            expect(page.locator(f".session-row a[href='/sessions/{veteran.TABLE}']")).to_be_attached()


def test_the_grids_of_the_insights_begin_where_their_legend_does(server: Server, edsger: Person) -> None:
    with looking(server, edsger) as page:
        page.goto("/insights?time=1y")
        for grid in (".heatmap", ".week"):
            panel = page.locator(".panel", has=page.locator(grid))
            left = panel.locator(".legend").bounding_box()
            assert left
            assert abs(box(page, f"{grid} text:last-of-type")["x"] - left["x"]) < 8
        heights = [box(page, f"{grid} text")["height"] for grid in (".heatmap", ".week")]
        assert abs(heights[0] - heights[1]) < 3, f"labels of one size: {heights}"


@pytest.mark.parametrize("width", [1400, 1280, 1024, 360])
def test_the_cards_of_the_insights_hold_their_figures(server: Server, edsger: Person, width: int) -> None:
    with looking(server, edsger, viewport={"width": width, "height": 800}) as page:
        for path in ("/insights", "/insights?time=1y"):
            page.goto(path)
            cards = page.locator(".figures > div")
            assert cards.evaluate_all("(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length") == 0


@pytest.mark.parametrize("width", [1400, 360])
@pytest.mark.parametrize("view", ["", "/conversation"])
def test_no_word_of_a_table_is_broken(server: Server, edsger: Person, width: int, view: str) -> None:
    with looking(server, edsger, viewport={"width": width, "height": 800}) as page:
        page.goto(f"/sessions/{veteran.TABLE}{view}")
        cells = page.locator(".prose :is(th, td)")
        assert cells.count() == 21
        assert cells.evaluate_all(NARROWEST_WORDS) == []


# The cells that are narrower than their longest word.
NARROWEST_WORDS = """(cells) => {
  const pen = document.createElement("canvas").getContext("2d");
  return cells.filter((cell) => {
    pen.font = getComputedStyle(cell).font;
    return Math.max(...cell.textContent.split(/[\\s/]+/).map((word) => pen.measureText(word).width)) > cell.clientWidth;
  }).map((cell) => cell.textContent);
}"""
