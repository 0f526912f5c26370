"""The page filter on a live page: only matching events appear, and other pages keep the filter."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.base.test_scope import NOTES, SHOP, in_shop, told
from tests.dashboard.looking import looking
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser


def test_rows_and_sessions_outside_of_the_scope_do_not_appear(server: Server, alice: Person) -> None:
    alice.push(*[in_shop(prompt=f"sale {number}") for number in range(60)])
    with looking(server, alice) as page:
        page.get_by_label("Project", exact=True).fill(SHOP)
        page.get_by_label("Project", exact=True).press("Enter")
        page.wait_for_selector("[data-state=live]")
        alice.push(told(prompt="elsewhere"), in_shop(prompt="here"))
        expect(page.locator(".row").first).to_contain_text("here")
        expect(page.locator(".session-card")).to_have_count(1)
        page.mouse.wheel(0, 600)
        wait_for(lambda: page.evaluate("scrollY") > 300, what="the scroll position")
        alice.push(told(prompt="elsewhere"), in_shop(prompt="one"), told(prompt="elsewhere"), in_shop(prompt="two"))
        expect(page.locator("#pill")).to_have_text("2 new")
        page.locator("#pill").click()
        page.locator("#older").click()
        expect(page.locator(".row")).to_have_count(63)
        expect(page.get_by_text("elsewhere")).to_have_count(0)
        page.reload()
        expect(page.locator(".row")).to_have_count(50)
        expect(page.locator(".row").first).to_contain_text("two")


def test_an_empty_scope_fills_by_itself(server: Server, alice: Person) -> None:
    alice.push(in_shop())
    with looking(server, alice) as page:
        page.goto(f"/?project={NOTES}")
        expect(page.get_by_text("No events match these filters")).to_be_visible()
        page.wait_for_selector("[data-state=live]")
        alice.push(told(prompt="at last"))
        expect(page.locator(".row")).to_have_count(1)
        expect(page.get_by_text("No events match these filters")).to_have_count(0)
        expect(page.locator(".session-card")).to_have_count(1)


def test_keys_take_the_scope_along(server: Server, alice: Person) -> None:
    alice.push(in_shop(), told())
    with looking(server, alice) as page:
        page.goto(f"/?project={SHOP}")
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url("**/sessions?project=*")
        expect(page.locator("table.sessions .session-row")).to_have_count(1)
        page.keyboard.press("g")
        page.keyboard.press("l")
        page.wait_for_url("**/?project=*")


def test_without_scripts_a_scope_is_chosen_and_goes_along(server: Server, alice: Person) -> None:
    alice.push(in_shop(prompt="Sell things"), told(prompt="Write it down"))
    with looking(server, alice, java_script_enabled=False) as page:
        page.get_by_label("Project", exact=True).fill(SHOP)
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".row")).to_have_count(1)
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Search").click()
        page.get_by_label("Words and filters").fill("things")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".entry")).to_have_count(1)
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Live").click()
        expect(page.locator(".row")).to_have_count(1)
        page.get_by_role("link", name="Clear filters").first.click()
        expect(page.locator(".row")).to_have_count(2)
