"""Which session waits, on every page: the count beside Live, the key `w`, and notifications."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.feed.open_sessions import around, blocked_sessions, needs_permission
from tests.dashboard.looking import looking
from tests.memory.make import event
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser

# Stands in for the notifications of the desktop, which a browser without one does not show.
SPY = """(() => {
  window.told = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    constructor(title, options) {
      super();
      this.text = `${title} | ${options.body} | ${options.tag}`;
      told.push(this);
    }
    close() {
      this.isClosed = true;
    }
  };
  Object.defineProperty(document, "hidden", { get: () => true });
})()"""
TOLD = "told.map(({ text, isClosed }) => (isClosed ? `closed ${text}` : text))"


def sooner(page: Page) -> None:
    """Advances the page's clock to the next poll of a hidden page."""
    page.clock.run_for(76_000)


def test_every_page_counts_who_waits_and_leads_there(server: Server, alice: Person) -> None:
    alice.push(*blocked_sessions())
    with looking(server, alice) as page:
        for path in ("/", "/settings", "/insights"):
            page.goto(path)
            expect(page.get_by_role("link", name="4 waiting, go to the first")).to_be_visible()
            expect(page.locator("#waiting")).to_have_attribute("data-blocked", "")
        page.locator("#waiting").click()
        expect(page).to_have_url(re.compile(r"/sessions/deploys\?at=end$"))


def test_the_key_w_goes_round_those_that_wait(server: Server, alice: Person) -> None:
    alice.push(*blocked_sessions())
    with looking(server, alice) as page:
        page.goto("/settings")
        for session in ("deploys", "chooses", "older", "done", "deploys"):
            expect(page.locator("#waiting")).to_be_visible()
            page.keyboard.press("w")
            expect(page).to_have_url(re.compile(rf"/sessions/{session}\?at=end$"))


def test_a_notification_names_the_session_that_began_to_wait(server: Server, alice: Person) -> None:
    alice.push(*[one for one in blocked_sessions() if "deploys" not in str(one)])
    with looking(server, alice) as page:
        page.add_init_script(SPY)
        page.clock.install()
        page.goto("/settings")
        expect(page.locator("#waiting")).to_be_visible()
        assert page.evaluate(TOLD) == []  # what waited before is no news
        alice.push(*needs_permission("deploys"))
        sooner(page)
        notice = "Needs permission: infra | terraform apply -auto-approve | memfog-deploys"
        wait_for(lambda: page.evaluate(f"{TOLD}.length") == 1, what="the notification")
        assert page.evaluate(TOLD) == [notice]
        page.evaluate("told[0].dispatchEvent(new Event('click'))")
        expect(page).to_have_url(re.compile(r"/sessions/deploys\?at=end$"))


def test_a_notification_is_taken_back_when_it_was_answered(server: Server, alice: Person) -> None:
    with looking(server, alice) as page:
        page.add_init_script(SPY)
        page.clock.install()
        page.goto("/settings")
        expect(page.locator("#connection-status .connection-label")).to_have_text("Live")
        alice.push(*needs_permission("deploys"))
        sooner(page)
        wait_for(lambda: page.evaluate(f"{TOLD}.length") == 1, what="the notification")
        alice.push(event("session_end", session="deploys", envelope=around(0)))
        sooner(page)
        wait_for(lambda: page.evaluate("told[0].isClosed === true"), what="the end of the notification")


def test_who_refuses_notifications_is_told_where_to_allow_them(server: Server, alice: Person) -> None:
    alice.push(*blocked_sessions())
    with looking(server, alice) as page:
        page.add_init_script(
            "Object.assign(Notification, { requestPermission: async () => 'denied' });"
            "Object.defineProperty(Notification, 'permission', { get: () => 'default' });"
        )
        page.goto("/")
        page.get_by_role("button", name="Notify me when a session needs me").click()
        expect(page.get_by_text("This browser blocks notifications")).to_be_visible()


def test_a_board_that_is_paused_or_pointed_at_stands_still(server: Server, alice: Person) -> None:
    alice.push(*[one for one in blocked_sessions() if "deploys" not in str(one)])
    order = "[...document.querySelectorAll('.session-card')].map((card) => card.dataset.session).join()"
    with looking(server, alice) as page:
        page.locator(".session-card").first.hover()
        alice.push(*needs_permission("deploys"))
        wait_for(lambda: page.evaluate(order) == "chooses,older,done,deploys", what="the order")
        page.mouse.move(0, 0)
        wait_for(lambda: page.evaluate(order) == "deploys,chooses,older,done", what="the order")
        page.get_by_role("button", name="Pause").click()
        alice.push(*needs_permission("later", minutes=0.05))
        expect(page.locator("#pill")).to_be_visible()
        assert page.evaluate(order) == "deploys,chooses,older,done"
        page.get_by_role("button", name="Resume").click()
        wait_for(lambda: page.evaluate(order) == "deploys,later,chooses,older,done", what="the order")
