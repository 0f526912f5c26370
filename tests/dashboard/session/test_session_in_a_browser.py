"""A session's page in a browser: it loads more steps while scrolling, opens them, jumps, and obeys the keyboard."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard import veteran
from tests.dashboard.looking import looking
from tests.dashboard.payloads import SESSIONS, afternoon, event
from tests.dashboard.session.test_sessions import told, uses
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser

SHOP = f"/sessions/{SESSIONS['shop']['session_id']}"


def test_a_long_timeline_goes_on_by_itself_and_stays_one_turn(server: Server, alice: Person) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 150))
    with looking(server, alice) as page:
        page.goto(f"/sessions/{name}")
        wait_for(lambda: is_at_its_end(page), what="the end of the timeline")
        expect(page.locator("#e-300")).to_be_attached()
        expect(page.locator(".turn")).to_have_count(1)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # everything is loaded, also what was unloaded
        expect(page.locator(".timeline.whole .step")).to_have_count(150)


def is_at_its_end(page: Page) -> bool:
    """Scrolls down. Returns whether the whole timeline is loaded."""
    page.mouse.wheel(0, 60_000)
    return page.locator("[data-more]").count() == 0


def test_a_block_is_fetched_when_it_is_opened(server: Server, alice: Person) -> None:
    alice.push(*told("s", "PostToolUse.Read"))
    with looking(server, alice) as page:
        page.goto("/sessions/s")
        expect(page.locator(".numbered")).to_have_count(0)
        page.locator("#e-1 summary").first.click()
        expect(page.locator(".numbered tr")).to_have_count(2)
        page.locator("#e-1 .raw summary").click()
        expect(page.locator("#e-1 .json")).to_contain_text("post_tool_use")


def test_the_map_leads_to_what_it_shows(server: Server, alice: Person) -> None:
    alice.push(*afternoon())
    with looking(server, alice) as page:
        page.goto(SHOP)
        page.locator(".session-map .strip .shell.failed").click()
        page.wait_for_url(re.compile(r"#e-\d+$"))
        expect(page.locator(".step:target .outcome").first).to_have_text("✗ exit 1 · 4.2 s")


def test_the_wall_follows_and_the_tab_counts_who_waits(server: Server, alice: Person) -> None:
    with looking(server, alice) as page:
        alice.push(*told("one", "SessionStart", "UserPromptSubmit", ago=5))
        expect(page.locator(".session-card .state")).to_contain_text("Working")
        alice.push(*told("one", "Notification", ago=1))
        expect(page.locator(".session-card.is-waiting .state")).to_contain_text("Needs permission")
        expect(page).to_have_title(re.compile(r"^\(1\) Live"))


def test_the_palette_finds_a_session_by_its_words(server: Server, alice: Person) -> None:
    alice.push(*afternoon())
    with looking(server, alice) as page:
        page.goto("/machines")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#palette-options [data-session]")
        page.keyboard.type("refund shop")
        expect(page.locator("#palette-options li")).to_have_count(2)
        expect(page.locator("#palette-options [data-session]")).to_have_count(1)
        page.keyboard.press("Enter")
        page.wait_for_url(SHOP)
        page.keyboard.press("Control+k")
        page.keyboard.type("no such thing")
        expect(page.locator("#palette-empty")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()


def test_the_keyboard_moves_opens_and_goes(server: Server, alice: Person) -> None:
    alice.push(*afternoon())
    with looking(server, alice) as page:
        page.goto(SHOP)
        page.keyboard.press("n")
        expect(page.locator(":focus")).to_contain_text("npm test")
        fold = page.locator(".step.bad > .use")
        expect(fold).to_have_attribute("open", "")
        page.keyboard.press("e")
        expect(fold).not_to_have_attribute("open", "")
        page.keyboard.press("j")
        expect(page.locator(":focus")).to_contain_text("billing/refunds.py")
        page.keyboard.press("k")
        page.keyboard.press("e")
        page.keyboard.press("r")
        expect(page.locator(".step.bad .json")).to_contain_text("post_tool_failure")
        page.keyboard.press("]")
        page.wait_for_url(f"/sessions/{SESSIONS['field-notes']['session_id']}")
        page.keyboard.press("[")
        page.wait_for_url(SHOP)
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url("/sessions")
        page.locator("[name=project]").fill("")
        page.locator("[name=project]").press_sequentially("gm?")
        expect(page.locator("[name=project]")).to_have_value("gm?")
        expect(page.locator("#keys")).to_be_hidden()


def test_without_scripts_a_session_can_be_read_to_its_end(server: Server, alice: Person) -> None:
    alice.push(*uses("plain", 60), event("PostToolUse.Read", session_id="plain"))
    with looking(server, alice, java_script_enabled=False) as page:
        page.goto("/sessions")
        page.get_by_role("link", name="Do it all.").click()
        page.get_by_text("Load more").click()
        page.get_by_text("The whole session as a map").click()
        expect(page.locator(".session-map .strip")).to_be_visible()
        page.get_by_text("To the session").click()
        page.get_by_text("Conversation").click()
        expect(page.locator(".person")).to_have_count(1)
        page.go_back()
        page.get_by_role("button", name="Star", exact=True).click()
        expect(page.get_by_role("button", name="Remove the star")).to_be_visible()
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("link", name="Delete").click()
        page.get_by_role("button", name="Delete the session").click()
        expect(page.get_by_text("No sessions yet.")).to_be_visible()


def test_the_slash_searches_and_a_hit_leads_to_its_step(server: Server, alice: Person) -> None:
    alice.push(*afternoon())
    with looking(server, alice) as page:
        page.keyboard.press("/")
        page.wait_for_url("/search")
        page.keyboard.type("partial refund type:prompt")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_have_text("refund")
        page.locator("h1").click()
        page.keyboard.press("/")
        expect(page.locator("#query")).to_be_focused()
        page.locator("h1").click()
        page.keyboard.press("j")
        expect(page.locator(":focus")).to_contain_text("The invoice total is wrong")
        page.keyboard.press("Enter")
        expect(page.locator(".turn:target")).to_contain_text("The invoice total is wrong")


def test_a_change_stands_side_by_side_where_there_is_room(server: Server, alice: Person) -> None:
    lines = [" one", "-two", "-three", "+2", "+3", "+4", " five", "-six", "+6"]
    patch = {"structuredPatch": [{"oldStart": 1, "newStart": 1, "lines": lines}]}
    alice.push(*told("s", "PostToolUse.Edit", tool_response=patch))
    with looking(server, alice, viewport={"width": 1500, "height": 900}) as page:
        page.goto("/sessions/s")
        pairs = [("two", "2"), ("three", "3"), ("six", "6")]
        assert [place(page, "del", old)[1] - place(page, "ins", new)[1] for old, new in pairs] == [0, 0, 0]
        assert place(page, "del", "two")[0] < place(page, "ins", "2")[0]
        page.set_viewport_size({"width": 700, "height": 900})
        assert place(page, "del", "two")[0] == place(page, "ins", "2")[0]
        assert place(page, "del", "three")[1] < place(page, "ins", "2")[1]


def place(page: Page, tag: str, text: str) -> tuple[float, float]:
    box = page.locator(tag, has_text=re.compile(f"^{text}$")).bounding_box()
    assert box
    return box["x"], box["y"]


@pytest.mark.parametrize("width", [1400, 1024, 360])
def test_real_sessions_fit_their_page_and_have_no_small_print(server: Server, alice: Person, width: int) -> None:
    events = [*veteran._table(), *veteran._huge()]
    alice.push(*events)
    with looking(server, alice, viewport={"width": width, "height": 800}) as page:
        for path in ("", f"/{veteran.TABLE}", f"/{veteran.TABLE}/conversation", f"/{veteran.HUGE}"):
            page.goto(f"/sessions{path}")
            for details in page.locator(".use").all():
                details.evaluate("(fold) => { fold.open = true; }")
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
            assert page.evaluate(SMALLEST_TEXT_PX) >= 12, path
        page.goto(f"/sessions/{veteran.HUGE}")
        page.locator(".use").nth(1).locator("summary").first.click()
        expect(page.locator(".boxed")).to_be_visible()
        assert page.evaluate("document.querySelector('.boxed').clientHeight") <= 0.6 * 800 + 1


SMALLEST_TEXT_PX = """Math.min(...[...document.querySelectorAll('main *')]
  .filter((part) => !part.closest('svg') && part.checkVisibility() && [...part.childNodes]
    .some((node) => node.nodeType === 3 && node.data.trim()))
  .map((part) => parseFloat(getComputedStyle(part).fontSize)))"""


def test_a_pop_up_closes_by_escape_and_by_a_click_outside(server: Server, alice: Person) -> None:
    alice.push(*afternoon())
    with looking(server, alice) as page:
        page.goto(SHOP)
        menu = page.locator("#session-menu")
        page.get_by_role("button", name="More actions").click()
        expect(menu).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        page.get_by_role("button", name="More actions").click()
        expect(menu).to_be_visible()
        page.mouse.click(700, 500)
        expect(menu).to_be_hidden()


def test_the_list_is_filtered_as_one_types_and_follows_what_happens(server: Server, alice: Person) -> None:
    alice.push(*told("one", "UserPromptSubmit", ago=60, prompt="Mend the login"))
    with looking(server, alice) as page:
        page.goto("/sessions")
        alice.push(*told("two", "UserPromptSubmit", ago=5, prompt="Draw a walrus"))
        expect(page.locator(".session-row")).to_have_count(2)
        page.locator("[name=q]").press_sequentially("walrus")
        expect(page.locator(".session-row")).to_have_count(1)
        page.locator(".session-row").click(position={"x": 500, "y": 10})
        page.wait_for_url("/sessions/two")


def test_an_open_step_offers_its_address(server: Server, alice: Person) -> None:
    alice.push(*told("s", "UserPromptSubmit", "PostToolUse"))
    with looking(server, alice, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto("/sessions/s")
        page.locator("#e-2 > .use > summary").focus()
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_role("button", name="Copied ✓")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == f"{server.url}/sessions/s?at=2#e-2"
