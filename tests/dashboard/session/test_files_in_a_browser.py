"""The files and the conversation of a session in a browser: viewed files, two sides of a change, new messages."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.dashboard.session.test_changed_files import PATHS, ROOT, changed
from tests.dashboard.session.test_sessions import told
from tests.people import Person
from tests.server import DEADLINE, Server

pytestmark = pytest.mark.browser
expect.set_options(timeout=DEADLINE * 1_000)
WIDE_TEXT = f"The query:\n\n```sql\nSELECT {', '.join(f'sum(measure_{n})' for n in range(60))} FROM facts;\n```\n"
IS_WIDER = "document.documentElement.scrollWidth > innerWidth"


def edit_files(alice: Person) -> None:
    alice.push(*told("files", "UserPromptSubmit", ago=900, prompt="Round each refund", cwd=ROOT))
    for number, path in enumerate(PATHS):
        alice.push(*changed(path, 800 - number))


def test_viewed_files_are_counted_and_kept_and_work_by_keys(server: Server, alice: Person) -> None:
    edit_files(alice)
    with looking(server, alice) as page:
        page.goto("/sessions/files/files")
        count = page.locator("#viewed-count")
        expect(count).to_have_text("0 of 4 viewed")
        page.locator(".viewed input").first.focus()
        page.keyboard.press("Space")
        expect(count).to_have_text("1 of 4 viewed")
        page.locator(".changed-file > details > summary").nth(1).focus()
        page.keyboard.press("v")
        expect(count).to_have_text("2 of 4 viewed")
        expect(page.locator(".changed-file > details > summary").nth(2)).to_be_focused()
        page.goto("/sessions/files/files?view=tree")
        expect(count).to_have_text("2 of 4 viewed")
        assert all(path not in page.evaluate("JSON.stringify(localStorage)") for path in PATHS)
        alice.push(*again())
        page.reload()
        expect(count).to_have_text("1 of 4 viewed")


def again() -> list[dict[str, Any]]:
    """One more change of the first file."""
    (edited,) = changed(PATHS[0], 100)
    edited["kind"]["data"]["data"]["tool_use_id"] = "again"
    return [edited]


def lefts(page: Page, selector: str) -> set[int]:
    boxes = [found.bounding_box() for found in page.locator(selector).all()]
    return {round(box["x"]) for box in boxes if box}


def test_the_sides_of_a_change_stand_beside_each_other(server: Server, alice: Person) -> None:
    edit_files(alice)
    with looking(server, alice, viewport={"width": 1400, "height": 900}) as page:
        page.goto("/sessions/files/files")
        page.locator(".changed-file > details > summary").first.click()
        page.locator(".changed-file .step summary").first.click()
        page.wait_for_selector("figure.beside")
        old, new = lefts(page, ".beside .del > td:last-child"), lefts(page, ".beside .add > td:last-child")
        assert len(old) == len(new) == 1
        assert max(old) < min(new)
        assert all(abs(x - max(old)) <= 1 for x in lefts(page, ".beside .mirror"))
        assert all(abs(x - max(new)) <= 1 for x in lefts(page, ".beside .same > td:nth-child(4)"))
        page.goto("/sessions/files/files?diff=unified")
        page.locator(".changed-file > details > summary").first.click()
        page.locator(".changed-file .step summary").first.click()
        page.wait_for_selector("figure.beside")
        expect(page.locator(".mirror").first).to_be_hidden()
        assert len(lefts(page, ".change tr > td:last-of-type:not(.mirror)")) == 1


def test_messages_come_to_an_open_conversation(server: Server, alice: Person) -> None:
    alice.push(*told("s", "UserPromptSubmit", ago=600, prompt="Mend the total."))
    with looking(server, alice, viewport={"width": 360, "height": 740}) as page:
        page.goto("/sessions/s/conversation")
        page.wait_for_selector("[data-state=live]")
        lines = page.locator("#conversation > li")
        expect(lines).to_have_count(1)
        alice.push(event("Stop", session_id="s", last_assistant_message=WIDE_TEXT))
        expect(lines).to_have_count(2)
        expect(lines.last).to_contain_text("The query:")
        assert not page.evaluate(IS_WIDER)
        page.evaluate("document.body.style.paddingBottom = '200vh'; scrollTo(0, 0)")
        top = lines.first.bounding_box()
        alice.push(event("UserPromptSubmit", session_id="s", prompt="And the tax?"))
        expect(lines).to_have_count(3)
        expect(page.locator("#new-messages")).to_have_text("1 new")
        assert lines.first.bounding_box() == top, "the reader stays"
        page.evaluate("document.body.style.paddingBottom = ''")
        page.locator("#new-messages").click()
        expect(page.locator("#new-messages")).to_be_hidden()
        expect(lines.last).to_be_in_viewport()


def test_an_empty_conversation_fills(server: Server, alice: Person) -> None:
    alice.push(*told("s", "SessionStart", ago=60))
    with looking(server, alice) as page:
        page.goto("/sessions/s/conversation")
        page.wait_for_selector("[data-state=live]")
        expect(page.locator("#no-messages")).to_be_visible()
        alice.push(event("UserPromptSubmit", session_id="s", prompt="Begin."))
        expect(page.locator("#conversation > li.person")).to_contain_text("Begin.")
        expect(page.locator("#no-messages")).to_have_count(0)


def test_paper_has_the_changes_and_no_controls(server: Server, alice: Person) -> None:
    edit_files(alice)
    with looking(server, alice, viewport={"width": 900, "height": 900}) as page:
        page.goto("/sessions/files/files")
        page.locator(".changed-file > details > summary").first.click()
        page.emulate_media(media="print")
        for controls in (".side", ".tabs", ".viewed", ".files-total .views", "button"):
            assert page.locator(controls).count(), controls
            assert all(not found.is_visible() for found in page.locator(controls).all()), controls
        expect(page.get_by_text("Prompt 1: Round each refund").first).to_be_visible()
        assert (page.locator("main").bounding_box() or {"x": 900})["x"] < 20, "the page has no gutter"
