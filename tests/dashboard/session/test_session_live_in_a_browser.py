"""A session's page while the session continues: new steps appear and do not disturb a reader."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.dashboard.session.test_sessions import told, uses
from tests.people import Person
from tests.server import DEADLINE, Server, wait_for

pytestmark = pytest.mark.browser
expect.set_options(timeout=DEADLINE * 1_000)

COMMAND = {"tool_input": {"command": "npm test"}, "session_id": "s"}


def open_session(page: Page, path: str = "/sessions/s") -> None:
    page.goto(path)
    page.wait_for_selector("[data-state=live]")


def command(name: str, use: str, **over: Any) -> dict[str, Any]:
    return event(name, tool_use_id=use, **{**COMMAND, **over})


def test_what_happens_appears_and_a_result_takes_the_place_of_its_beginning(server: Server, alice: Person) -> None:
    alice.push(*told("s", "SessionStart", ago=60))
    with looking(server, alice) as page:
        open_session(page)
        alice.push(event("UserPromptSubmit", session_id="s", prompt="Mend the total."))
        expect(page.locator(".turn-head h2")).to_contain_text("Mend the total.")
        expect(page.locator("h1")).to_have_text("Mend the total.")
        alice.push(command("PreToolUse", "t1"))
        expect(page.locator(".step.open .outcome")).to_have_text("…")
        expect(page.locator(".state.is-working")).to_be_visible()
        step = page.locator(".turn:last-of-type .step").last
        id_ = step.get_attribute("id")
        alice.push(command("PostToolUse", "t1"))
        expect(page.locator(f"#{id_} .outcome")).to_have_text("✓ 26 ms")
        expect(page.locator(".turn:last-of-type .sums .uses")).to_have_text("1 tool call")
        expect(page.locator(".facts")).to_contain_text(re.compile(r"Tool calls\s*1\b"))
        expect(page.locator(".session-map .strip .shell")).to_have_count(1)
        alice.push(event("Notification", session_id="s"))
        expect(page.locator(".state.is-waiting")).to_contain_text("Needs permission")


def test_a_page_that_grew_is_the_page_that_one_loads(server: Server, alice: Person) -> None:
    agent: dict[str, Any] = {"agent_id": "a0000000000000001", "agent_type": "Explore", "session_id": "s"}
    alice.push(*told("s", "SessionStart", "UserPromptSubmit", ago=1_000, prompt="Look around."))
    with looking(server, alice) as page:
        open_session(page)
        for sent in (
            event("PreToolUse.Agent", session_id="s", tool_use_id="a", tool_input={"subagent_type": "Explore"}),
            event("SubagentStart", **agent),
            event("PreToolUse", **agent | {"tool_use_id": "t1"}),
            event("PostToolUse", **agent | {"tool_use_id": "t1"}),
            event("PostToolUseFailure", **agent | {"tool_use_id": "t2", "tool_input": {"command": "make"}}),
            event("PostToolUse", **agent | {"tool_use_id": "t3", "tool_input": {"command": "make"}}),
            event("SubagentStop", **agent),
            event("PostToolUse.Agent", session_id="s", tool_use_id="a", tool_input={"subagent_type": "Explore"}),
            event("Stop", session_id="s"),
            event("UserPromptSubmit", session_id="s", prompt="Thank you.\nGood bye."),
        ):
            alice.push(sent)
        expect(page.locator(".turn")).to_have_count(3)
        expect(page.locator(".rail .step")).to_have_count(3)
        expect(page.locator(".turn .sums").first).to_contain_text("4 tool calls")
        grown = words(page)
        open_session(page)
        wait_for(lambda: words(page) == grown, what="the same page")


def words(page: Page) -> str:
    """Returns the text of the timeline, also of collapsed parts. Removes white space, which scripts do not insert."""
    return "".join(page.evaluate("document.querySelector('#timeline').textContent").split())


def test_what_is_open_focused_or_selected_stays_so(server: Server, alice: Person) -> None:
    read: dict[str, Any] = {"session_id": "s", "tool_use_id": "t1", "tool_input": {"file_path": "/x/total.py"}}
    alice.push(*told("s", "UserPromptSubmit", ago=60), event("PreToolUse.Read", **read), command("PreToolUse", "t2"))
    with looking(server, alice) as page:
        open_session(page)
        page.locator("#e-2 > .use > summary").click()
        expect(page.locator("#e-2 .pairs")).to_contain_text("total.py")
        page.locator("#e-2 .raw summary").click()
        expect(page.locator("#e-2 .json")).to_contain_text("pre_tool_use")
        page.locator("#e-2 > .use > summary").focus()
        page.locator("#e-3 pre").first.select_text()
        alice.push(event("PostToolUse.Read", **read), command("PostToolUse", "t2"), event("Stop", session_id="s"))
        expect(page.locator("#e-2 .outcome")).to_contain_text("✓")
        expect(page.locator("#e-2 > .use")).to_have_attribute("open", "")
        expect(page.locator("#e-2 > .use > summary")).to_be_focused()
        assert "npm test" in page.evaluate("getSelection().toString()")
        expect(page.locator("#pill")).to_have_text("1 new")  # nothing moves while text is selected
        page.evaluate("getSelection().empty()")
        expect(page.locator("#e-3 .outcome")).to_have_text("✓ 26 ms")


def test_new_steps_wait_while_one_reads_further_up(server: Server, alice: Person) -> None:
    alice.push(*uses("s", 45))
    with looking(server, alice) as page:
        open_session(page)
        assert page.evaluate("scrollY") == 0
        alice.push(command("PreToolUse", "new"), event("Stop", session_id="s"))
        expect(page.locator("#pill")).to_have_text("2 new")
        assert page.evaluate("scrollY") == 0
        alice.push(command("PostToolUse", "new"))
        page.locator("#pill").click()
        expect(page.locator(".step")).to_have_count(47)
        expect(page.locator(".step").nth(45).locator(".outcome")).to_have_text("✓ 26 ms")
        expect(page.locator("#pill")).to_be_hidden()
        alice.push(event("Stop", session_id="s", last_assistant_message="The very end."))
        expect(page.get_by_text("The very end.")).to_be_in_viewport()


def test_at_a_page_in_the_middle_new_steps_wait_for_what_is_between(server: Server, alice: Person) -> None:
    alice.push(*uses("s", 150))
    with looking(server, alice) as page:
        open_session(page)
        alice.push(command("PostToolUse", "new", tool_input={"command": "the end"}))
        expect(page.locator("#pill")).to_have_text("1 new")
        page.locator("#pill").click()
        page.wait_for_url("/sessions/s?at=end")
        expect(page.get_by_text("the end").first).to_be_attached()


def test_a_page_that_grows_live_stays_small_and_has_all_steps(server: Server, alice: Person) -> None:
    alice.push(*uses("s", 20))
    with looking(server, alice) as page:
        open_session(page)
        page.evaluate("scrollTo(0, 1e6)")
        for batch in range(3):
            alice.push(*[command("PostToolUse", f"n{batch}-{number}") for number in range(100)])
        expect(page.locator(".sums .uses")).to_have_text("320 tool calls")
        page.wait_for_function("document.getElementsByTagName('*').length < 3_000 && scrollY > 9_000")
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator("#e-2 .outcome")).to_have_text("✓ 26 ms")
        for seq in (100, 200):  # came live, and is unloaded
            page.evaluate(FOLLOW, f"#e-{seq}")
            expect(page.locator(f"#e-{seq}.step")).to_be_in_viewport()


FOLLOW = """(address) => {
  const link = Object.assign(document.createElement("a"), { href: address });
  document.body.append(link);
  link.click();
}"""


def test_what_came_late_stands_where_it_happened(server: Server, alice: Person) -> None:
    start = datetime.now(UTC) - timedelta(minutes=10)
    for at, name in enumerate(("UserPromptSubmit", "PostToolUse", "Stop")):
        alice.push(event(name, session_id="s", ts=(start + timedelta(seconds=at)).isoformat()))
    with looking(server, alice) as page:
        open_session(page)
        late = (start + timedelta(seconds=1.5)).isoformat()
        alice.push(command("PostToolUse", "late", ts=late, tool_input={"command": "late"}))
        expect(page.locator(".step")).to_have_count(3)
        expect(page.locator(".step").nth(1)).to_contain_text("late")


def test_a_page_that_was_away_catches_up(server: Server, alice: Person) -> None:
    alice.push(*told("s", "UserPromptSubmit", ago=60))
    with looking(server, alice) as page:
        open_session(page)
        page.context.set_offline(True)
        expect(page.locator("#connection-status .connection-label")).to_have_text("Offline")
        alice.push(command("PostToolUse", "t1"))
        page.context.set_offline(False)
        expect(page.locator(".step .outcome")).to_have_text("✓ 26 ms")
        wait_for(lambda: page.locator("#connection-status").get_attribute("data-state") == "live", what="the stream")
        expect(page.locator("#connection-status .age")).to_contain_text("ago")


def test_a_session_that_is_deleted_elsewhere_leaves_the_page(server: Server, alice: Person) -> None:
    alice.push(*told("s", "UserPromptSubmit", ago=60))
    with looking(server, alice) as page:
        open_session(page)
        headers = {"Authorization": f"Bearer {alice.access_token()}"}
        alice.http.request("DELETE", "/api/events", json={"session_id": "s"}, headers=headers).raise_for_status()
        page.wait_for_url("/sessions")
