"""The first steps in a browser: they tick themselves off, end in an offer to import, and suit a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Token
from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.people import Person
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_the_steps_tick_themselves_off_and_an_import_is_offered(server: Server, alice: Person) -> None:
    Token.objects.for_user(alice.id).update(last_used_at=None)
    with looking(server, alice) as page:
        page.clock.install()
        page.reload()
        expect(page.locator(".ticks li")).to_have_count(3)
        expect(page.locator(".ticks .done")).to_have_count(0)
        page.clock.run_for(58_000)
        expect(page.locator(".nothing-yet")).not_to_have_attribute("open", "")
        page.clock.run_for(4_000)
        expect(page.locator(".nothing-yet")).to_have_attribute("open", "")
        alice.http.get("/me")
        page.clock.run_for(4_000)
        expect(page.locator(".ticks .done")).to_have_count(1)
        expect(page.locator(".nothing-yet")).to_have_attribute("open", "")
        alice.push({**event("SessionStart", session_id="s1"), "client": {"machine": "laptop"}})
        expect(page.get_by_role("heading", name="laptop is connected")).to_be_visible()
        expect(page.locator(".row")).to_have_count(1)
        alice.push(event("UserPromptSubmit", session_id="s1"))
        expect(page.locator(".ticks .done")).to_have_count(3)
        expect(page.get_by_text("~/.memfog/bin/memfog import")).to_be_visible()


def test_a_phone_is_not_given_a_token(server: Server, alice: Person) -> None:
    with looking(server, alice, **PHONE) as page:
        expect(page.get_by_role("link", name="Enter the code")).to_be_visible()
        expect(page.get_by_role("button", name="Email me this")).to_be_visible()
        expect(page.get_by_text("Paste this into a terminal")).to_be_hidden()
        expect(page.get_by_text("Your API token")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_token_is_revoked_and_restored_with_the_keyboard_alone(server: Server, alice: Person) -> None:
    with looking(server, alice, java_script_enabled=False) as page:
        page.goto("/machines")
        page.get_by_role("link", name="Revoke test").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Revoke token").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("test is revoked.")).to_be_visible()
        page.get_by_role("button", name="Undo revoking test").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Token test is valid again.")).to_be_visible()
