"""The feed in a browser: each new row goes where it happened, news on top, and like rows fold."""

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.feed.test_feed import at, call
from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser

SEQS = "[...document.querySelectorAll('#rows .row')].map((row) => Number(row.dataset.seq))"


def expect_rows(page: Page, *seqs: int) -> None:
    wait_for(lambda: page.evaluate(SEQS) == list(seqs), what=f"the rows {seqs}", seconds=15)


def test_a_call_that_fails_appears_on_top_and_a_quick_one_where_it_began(server: Server, alice: Person) -> None:
    quick, slow, failed = call("q", 1, 2), call("s", 2, 30), call("f", 3, 4, error="Exit code 2")
    alice.push(quick[0], slow[0], failed[0], event("UserPromptSubmit", ts=at(3.5)))
    with looking(server, alice) as page:
        expect_rows(page, 4, 3, 2, 1)
        alice.push(failed[1])
        expect_rows(page, 5, 4, 2, 1)
        alice.push(quick[1])
        expect_rows(page, 5, 4, 2, 6)
        alice.push(slow[1])
        expect_rows(page, 7, 5, 4, 6)


def test_an_import_does_not_come_on_top(server: Server, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", ts=at(1)), event("UserPromptSubmit", ts=at(3)))
    with looking(server, alice) as page:
        alice.push(event("UserPromptSubmit", ts=at(2)), event("UserPromptSubmit", ts=at(-9_000)))
        expect_rows(page, 2, 3, 1, 4)


def test_an_import_stays_on_its_own_page(server: Server, alice: Person) -> None:
    alice.push(*[event("UserPromptSubmit", ts=at(number)) for number in range(60)])
    with looking(server, alice) as page:
        alice.push(event("UserPromptSubmit", ts=at(-9_000)), event("UserPromptSubmit", ts=at(61)))
        expect_rows(page, 62, *range(60, 10, -1))


def test_what_failed_while_one_read_comes_on_top_by_the_pill(server: Server, alice: Person) -> None:
    slow = call("s", 60, 200)
    alice.push(*[event("UserPromptSubmit", ts=at(number)) for number in range(45)], slow[0])
    with looking(server, alice) as page:
        page.mouse.wheel(0, 600)
        wait_for(lambda: page.evaluate("scrollY") > 300, what="the scroll position")
        alice.push(event("UserPromptSubmit", ts=at(100)), slow[1])
        expect(page.locator("#pill")).to_have_text("2 new")
        page.locator("#pill").click()
        expect_rows(page, 48, 47, *range(45, 0, -1))


def test_like_rows_fold_as_they_come(server: Server, alice: Person) -> None:
    reads = [call(f"r{n}", n, n + 0.1, "Read", tool_input={"file_path": f"/srv/t{n}"}) for n in range(5)]
    alice.push(event("UserPromptSubmit", ts=at(-1)))
    with looking(server, alice) as page:
        run = page.locator("#rows > .run")
        for number, (start, end) in enumerate(reads):
            alice.push(start)
            expect(page.locator("#rows > .row.open")).to_have_count(1)
            alice.push(end)
            expect(page.locator("#rows > .row.open")).to_have_count(0)
            expect(run).to_have_count(int(number >= 2))
        expect(run.locator(".times").first).to_have_text("5 ×")
        run.locator("summary").first.click()
        expect(run.locator(".row")).to_have_count(5)
        headers = {"Authorization": f"Bearer {alice.access_token()}"}
        ids = [event["id"] for event in reads[0]]
        alice.http.request("DELETE", "/api/events", json={"ids": ids}, headers=headers).raise_for_status()
        expect(run.locator(".times").first).to_have_text("4 ×")


def test_a_row_opens_to_its_card(server: Server, alice: Person) -> None:
    alice.push(*call("a", 1, 2, tool_response={"stdout": "all is built", "stderr": ""}))
    with looking(server, alice) as page:
        page.locator(".row summary").first.click()
        expect(page.get_by_text("all is built")).to_be_visible()
        page.locator(".row .raw summary").last.click()
        expect(page.locator(".row .json")).to_contain_text('"stdout"')
        page.get_by_role("link", name="Open in session").click()
        expect(page.locator("#e-1.step")).to_be_visible()


def test_the_pill_stands_over_no_filter(server: Server, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", ts=at(1)))
    with looking(server, alice) as page:
        page.get_by_role("button", name="Pause").click()
        alice.push(event("UserPromptSubmit", ts=at(2)))
        expect(page.locator("#pill")).to_be_visible()
        boxes = [page.locator(part).bounding_box() for part in (".page-filter", ".chips", "#pill")]
        *above, pill = [box for box in boxes if box]
        assert len(above) == 2
        assert all(pill["y"] >= box["y"] + box["height"] for box in above)
