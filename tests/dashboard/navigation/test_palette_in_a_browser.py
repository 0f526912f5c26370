"""The palette and the keys between sessions, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.feed.open_sessions import blocked_sessions, done
from tests.dashboard.looking import looking
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.browser


def test_enter_opens_the_first_although_its_answer_has_yet_to_come(server: Server, alice: Person) -> None:
    alice.push(*blocked_sessions())
    with looking(server, alice) as page:
        page.goto("/settings")
        page.keyboard.press("Control+k")
        expect(page.locator("#palette-options li").first).to_contain_text("Task of deploys")
        page.keyboard.type("task of done")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/sessions/done$"))


def test_an_action_presses_what_it_names(server: Server, alice: Person) -> None:
    alice.push(*blocked_sessions())
    with looking(server, alice) as page:
        page.keyboard.press("Control+k")
        page.keyboard.type("dark theme")
        expect(page.locator("#palette-options li").first).to_contain_text("Dark theme")
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.keyboard.press("Control+k")
        page.keyboard.type("pause")
        expect(page.locator("#palette-options li").first).to_contain_text("Pause or resume Live")
        page.keyboard.press("Enter")
        expect(page.locator("#pause")).to_have_text("Resume")
        page.goto("/settings")
        page.keyboard.press("Control+k")
        page.keyboard.type("pause")
        expect(page.locator("#palette-empty")).to_be_visible()


def test_brackets_go_to_the_sessions_before_and_after(server: Server, alice: Person) -> None:
    alice.push(*done("new", 5), *done("old", 50))
    with looking(server, alice) as page:
        page.goto("/sessions/new")
        page.keyboard.press("]")
        expect(page).to_have_url(re.compile(r"/sessions/old$"))
        page.keyboard.press("[")
        expect(page).to_have_url(re.compile(r"/sessions/new$"))
