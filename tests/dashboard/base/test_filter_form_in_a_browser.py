"""The page filter in a browser: it applies as it changes, with an address of what is chosen; a sheet on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.base.test_scope import in_shop, told
from tests.dashboard.looking import looking
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def test_a_filter_applies_as_it_changes(server: Server, alice: Person) -> None:
    alice.push(in_shop(), told())
    with looking(server, alice) as page:
        page.get_by_label("Time").select_option("7d")
        page.wait_for_url(re.compile(r"/\?time=7d$"))
        page.get_by_label("Project", exact=True).fill("shop")
        page.get_by_label("Project", exact=True).press("Enter")
        page.wait_for_url(re.compile(r"/\?project=shop&time=7d$"))
        expect(page.locator(".row")).to_have_count(1)
        page.get_by_role("button", name="Remove Time:").click()
        page.wait_for_url(re.compile(r"/\?project=[^&]*shop$"))
        page.get_by_role("button", name="Remove Project:").click()
        page.wait_for_url(re.compile(r"/\??$"))
        expect(page.locator(".row")).to_have_count(2)


def test_a_range_is_chosen_by_two_days(server: Server, alice: Person) -> None:
    alice.push(in_shop())
    with looking(server, alice) as page:
        page.get_by_text("Range").click()
        page.get_by_label("From").fill("2026-03-01")
        page.get_by_label("To", exact=True).fill("2026-03-07")
        page.wait_for_url(re.compile(r"/\?from=2026-03-01&to=2026-03-07$"))
        expect(page.get_by_role("button", name="Remove Time:")).to_contain_text("01 Mar 2026 – 07 Mar 2026")


def test_a_phone_has_one_button_and_a_sheet(server: Server, alice: Person) -> None:
    alice.push(in_shop(), told())
    with looking(server, alice, viewport=PHONE) as page:
        expect(page.get_by_label("Project", exact=True)).to_be_hidden()
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_label("Time").select_option("7d")
        page.get_by_label("Project", exact=True).fill("shop")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url(re.compile(r"project=shop&time=7d$"))
        expect(page.get_by_role("button", name="Filter (2)")).to_be_visible()
        box = page.locator(".session-card").first.bounding_box()
        assert box
        assert box["y"] < 207  # where the first card stood below filters of three lines
