"""The feed in a browser: rows appear without a reload, in the right place, and with readable contrast."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.credentials import api_tokens
from accounts.models import Token
from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser

# The contrast ratio (WCAG 2.2) of the colors that the browser paints for two custom properties.
CONTRAST = """([text, ground]) => {
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("i"));
  const light = (name) => {
    probe.className = "probe";
    probe.attributeStyleMap.set("color", `var(--${name})`);
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    const linear = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const [one, other] = [light(text), light(ground)].sort((a, b) => b - a);
  probe.remove();
  return (one + 0.05) / (other + 0.05);
}"""

# The number of running animations that never end.
ENDLESS = "document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations === Infinity).length"


def prompt(text: str) -> dict[str, Any]:
    return event("UserPromptSubmit", prompt=text)


def test_the_first_event_turns_the_page_into_the_feed(server: Server, alice: Person) -> None:
    with looking(server, alice) as page:
        expect(page.get_by_text("Waiting for the first event")).to_be_visible()
        alice.push(prompt("Good morning"))
        expect(page.locator(".row")).to_have_count(1)
        expect(page.get_by_text("Good morning")).to_be_visible()
        expect(page.get_by_text("Waiting for the first event")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/machines"])
def test_nothing_moves_for_a_reader_who_asked_for_less_motion(server: Server, alice: Person, path: str) -> None:
    with looking(server, alice, reduced_motion="reduce") as page:
        page.goto(path)
        page.wait_for_selector("[data-state=live]")
        page.evaluate("document.querySelector('#connection-status').dataset.state = 'reconnecting'")
        assert page.evaluate(ENDLESS) == 0


def test_a_demo_does_not_end_the_wait_and_can_be_taken_away(server: Server, alice: Person) -> None:
    with looking(server, alice) as page:
        other = page.context.new_page()
        other.goto("/")
        other.wait_for_selector("[data-state=live]")
        page.get_by_role("button", name="Load the demo").click()
        expect(page.locator(".session-card.is-waiting")).to_contain_text("demo-notes")
        for one in (page, other):
            expect(one.locator(".row").first).to_contain_text("gh pr create")
            expect(one.get_by_text("Waiting for the first event")).to_be_visible()
        alice.push(prompt("from a machine"))
        for one in (page, other):
            expect(one.get_by_text("Waiting for the first event")).to_have_count(0)
        page.get_by_role("button", name="Remove the demo").click()
        expect(page.get_by_text("Sample data removed")).to_be_visible()
        expect(page.locator(".session-card")).to_have_count(1)
        for one in (page, other):
            expect(one.locator(".row")).to_have_count(1)


def test_a_result_takes_the_place_of_its_beginning_and_stays_open(server: Server, alice: Person) -> None:
    alice.push(event("PreToolUse"))
    with looking(server, alice) as page:
        page.locator(".row summary").click()
        expect(page.get_by_role("link", name="Open in session")).to_be_visible()
        alice.push(prompt("in between"))
        alice.push(event("PostToolUse"))
        expect(page.locator(".row .outcome").nth(1)).to_have_text("✓ 26 ms")
        expect(page.locator(".row")).to_have_count(2)
        expect(page.get_by_role("figure", name="Output")).to_be_visible()


def test_what_is_deleted_leaves_the_page(server: Server, alice: Person) -> None:
    kept, gone = prompt("this stays"), prompt("this goes")
    alice.push(kept, gone)
    with looking(server, alice) as page:
        expect(page.locator(".row")).to_have_count(2)
        headers = {"Authorization": f"Bearer {alice.access_token()}"}
        alice.http.request("DELETE", "/api/events", json={"ids": [gone["id"]]}, headers=headers).raise_for_status()
        expect(page.locator(".row")).to_have_count(1)
        expect(page.locator(".row")).to_contain_text("this stays")


def test_rows_wait_while_one_reads_further_down(server: Server, alice: Person) -> None:
    alice.push(*[prompt(f"prompt {number}") for number in range(60)])
    with looking(server, alice) as page:
        page.mouse.wheel(0, 600)
        wait_for(lambda: page.evaluate("scrollY") > 300, what="the scroll position")
        alice.push(prompt("one more"), prompt("and another"))
        expect(page.locator("#pill")).to_have_text("2 new")
        expect(page.get_by_text("one more")).to_have_count(0)
        page.locator("#pill").click()
        expect(page.locator(".row").first).to_contain_text("and another")
        expect(page.locator("#pill")).to_be_hidden()


def test_a_feed_that_is_paused_stands_still(server: Server, alice: Person) -> None:
    alice.push(prompt("before"))
    with looking(server, alice) as page:
        page.get_by_role("button", name="Pause").click()
        alice.push(prompt("in the pause"))
        expect(page.locator("#pill")).to_have_text("1 new")
        expect(page.get_by_text("in the pause")).to_have_count(0)
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".row").first).to_contain_text("in the pause")
        expect(page.locator("#pill")).to_be_hidden()


def test_the_tab_counts_who_waits(server: Server, alice: Person) -> None:
    alice.push(prompt("before"))
    with looking(server, alice) as page:
        icon = page.locator('link[rel="icon"]')
        expect(icon).to_have_attribute("href", "/static/favicon.svg")
        alice.push(event("Stop"))
        expect(page).to_have_title("(1) Live · Memfog")
        expect(icon).to_have_attribute("href", "/live/icon/1.svg")
        assert ">1</text>" in page.request.get(f"{server.url}/live/icon/1.svg").text()


def test_the_page_keeps_five_hundred_rows_and_older_ones_come_on_demand(server: Server, alice: Person) -> None:
    alice.push(*[prompt(f"prompt {number}") for number in range(120)])
    with looking(server, alice) as page:
        page.locator("#older").click()
        expect(page.locator(".row")).to_have_count(100)
        page.locator("#older").click()
        expect(page.locator(".row")).to_have_count(120)
        expect(page.locator("#older")).to_have_count(0)
        page.evaluate("scrollTo(0, 0)")
        for _ in range(3):
            alice.push(*[prompt("many") for _ in range(200)])
        expect(page.locator("#e-720")).to_be_attached()
        expect(page.locator(".row")).to_have_count(500)


def test_copying_gives_the_token_that_is_masked(server: Server, alice: Person) -> None:
    token = api_tokens.sign(Token.objects.for_user(alice.id).order_by("created_at", "id")[0].id)
    with looking(server, alice, permissions=["clipboard-read", "clipboard-write"]) as page:
        expect(page.get_by_text(token, exact=True).last).to_be_hidden()
        page.get_by_label("Copy the token").click()
        expect(page.get_by_text("Copied ✓")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == token
        page.get_by_text("Reveal the token").first.click()
        expect(page.get_by_text(token, exact=True).last).to_be_visible()


def test_without_scripts_the_feed_and_the_token_are_there(server: Server, alice: Person) -> None:
    with looking(server, alice, java_script_enabled=False) as page:
        page.get_by_text("Reveal the token").first.click()
        expect(page.locator(".clear").last).to_be_visible()
        expect(page.get_by_label("Copy the token")).to_be_hidden()
        alice.push(prompt("seen after a reload"))
        page.reload()
        page.locator(".row summary").click()
        page.get_by_text("All that was captured").click()
        expect(page.locator(".json")).to_contain_text("seen after a reload")


def test_the_theme_is_kept(server: Server, alice: Person) -> None:
    with looking(server, alice) as page:
        page.get_by_title("Dark").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.reload()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.get_by_title("As the system").click()
        assert page.locator("html").get_attribute("data-theme") is None


def test_every_text_can_be_read_in_both_themes(server: Server, alice: Person) -> None:
    grounds = ("paper", "raised", "sunken", "hover")
    texts = ("ink", "soft", "faint", "accent", "good", "bad", "wait", "think")
    pairs = [(text, ground) for text in texts for ground in grounds] + [("wait", "wait-wash"), ("faint", "wait-wash")]
    with looking(server, alice) as page:
        for theme in ("Light", "Dark"):
            page.get_by_title(theme, exact=True).click()
            poor = {pair: page.evaluate(CONTRAST, pair) for pair in pairs}
            assert not {pair: ratio for pair, ratio in poor.items() if ratio < 4.5}, theme
            assert page.evaluate(CONTRAST, ("edge", "raised")) >= 3


def test_a_phone_has_no_sideways_scrolling(server: Server, alice: Person) -> None:
    alice.push(event("PostToolUse", tool_input={"command": "x" * 400}), prompt("word " * 90))
    with looking(server, alice, viewport={"width": 360, "height": 740}) as page:
        for path in ("/", "/machines", "/events/1"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
