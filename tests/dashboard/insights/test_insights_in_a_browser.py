"""Insights in a browser: the user's time zone, the keyboard, tooltips of marks, and use without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.insights.test_insights import tell
from tests.dashboard.looking import looking
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.browser


def test_days_are_those_of_the_readers_zone_and_lead_to_sessions(server: Server, alice: Person) -> None:
    tell(alice)
    with looking(server, alice, timezone_id="Asia/Dubai") as page:
        page.keyboard.press("g")
        page.keyboard.press("i")
        expect(page.locator("#insights")).to_contain_text("are those of Asia/Dubai")
        expect(page).to_have_url(re.compile(r"/insights$"))
        page.locator(".heatmap a").last.click()
        page.wait_for_url(re.compile(r"/sessions\?time=[\d-]+$"))
        expect(page.locator("table.sessions .session-row")).to_have_count(1)
        expect(page.locator("table.sessions")).to_contain_text("shop")


def test_any_page_keeps_the_zone_and_an_unknown_one_loads_no_page_again_and_again(
    server: Server, alice: Person
) -> None:
    tell(alice)
    navigation = "performance.getEntriesByType('navigation')[0].type"
    with looking(server, alice) as page:
        page.add_init_script("Intl.DateTimeFormat.prototype.resolvedOptions = () => ({ timeZone: 'Etc/Unknown' })")
        page.goto("/sessions")
        assert "zone=Etc/Unknown" in page.evaluate("document.cookie")
        page.goto("/insights")
        assert page.evaluate(navigation) == "navigate"
        expect(page.locator("#insights")).to_contain_text("are those of UTC")


def test_without_scripts_it_is_utc_and_can_be_chosen_from(server: Server, alice: Person) -> None:
    tell(alice)
    with looking(server, alice, timezone_id="Asia/Dubai", java_script_enabled=False) as page:
        page.goto("/insights")
        expect(page.locator("#insights")).to_contain_text("are those of UTC")
        expect(page.locator(".figures")).to_contain_text(re.compile(r"Prompts\s*3"))
        page.locator("[name=time]").select_option("7d")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".figures")).to_contain_text(re.compile(r"Prompts\s*2"))
        page.get_by_role("link", name="failures").click()
        expect(page).to_have_url(re.compile(r"time=7d.*by=failures"))
        page.get_by_text("By month").click()
        page.locator("#tools").get_by_role("link", name="Bash").click()
        expect(page.locator("#query")).to_have_value('tool:"Bash"')


def test_the_chart_tells_its_values_and_its_legend_restacks_it(server: Server, alice: Person) -> None:
    tell(alice)
    with looking(server, alice, timezone_id="UTC") as page:
        page.goto("/insights?chart=sessions&of=project")
        column, told = page.locator(".plot a:has(rect)"), page.locator("#chart-value")
        column.last.hover()
        expect(told).to_contain_text(re.compile(r"\d{4}: 1"))
        last = told.inner_text()
        page.locator(".plot a").first.focus()
        expect(told).not_to_have_text(last)
        page.keyboard.press("ArrowRight")
        expect(page.locator(".plot a").nth(1)).to_be_focused()
        parts = page.locator(".plot rect:not([hidden])")
        expect(parts).to_have_count(2)
        page.get_by_label("shop").uncheck()
        expect(parts).to_have_count(1)
        page.get_by_label("shop").check()
        expect(parts).to_have_count(2)
