"""The totals of turns, the rail of prompts, and finding a step: on the whole session, whatever a page has loaded."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.dashboard import veteran
from tests.dashboard.payloads import event
from tests.dashboard.session.test_sessions import told, uses
from tests.dashboard.veteran import Told
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person

SUMS = re.compile(r'<p class="sums" data-live="sums-(\d+)">(.*?)</p>', re.DOTALL)


def sums(html: str) -> dict[int, str]:
    """Returns the totals of the turns on a page, by the number of their prompt."""
    plain = {int(seq): re.sub(r"<[^>]+>", " ", text) for seq, text in SUMS.findall(html)}
    return {seq: " ".join(text.split()) for seq, text in plain.items()}


def work(session: str, *, agents: str = "") -> Told:
    """Two turns: forty calls of which two fail, with a usage, and one call an hour later."""
    made = Told(session, "/home/ada/shop", datetime.now(UTC) - timedelta(hours=3), entrypoint=agents)
    made.hook("session_start", source="startup").hook("prompt_submit", prompt="Mend the totals.")
    for number in range(40):
        more = {"error": "Exit code 1\nno"} if number in (7, 21) else {}
        made.bash(f"make step-{number}", "ok", **more)
    made.usage("claude-opus-4-8-20260401", 1_000_000).hook("stop", last_assistant_message="Mended.")
    made.hook("prompt_submit", 3_600, prompt="And the refunds.").edit("billing/refunds.py", "    a", "    b")
    return made.usage("claude-opus-4-8-20260401", 2_000_000).hook("stop", last_assistant_message="Also mended.")


def test_the_totals_of_a_turn_are_those_of_all_of_it_on_each_page(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    first = source(http, "/sessions/s")
    at_end = source(http, "/sessions/s?at=end")
    assert sums(first)[2] == "$1.85 40 tool calls ✗ 2 failed 2 min 42 s 1.1 M tokens"
    assert sums(at_end)[2] == sums(first)[2]
    assert [text for seq, text in sums(at_end).items() if seq != 2] == ["$3.70 1 tool call 6.0 s 2.1 M tokens"]


@pytest.mark.parametrize(
    ("query", "seq"),
    [
        *(("from=0.0", 17), ("from={17}", 17), ("from={18}", 45), ("from={46}", 0)),
        *(("before={46}", 45), ("before={45}", 17), ("before={17}", 0), ("", 0), ("from=x&before=", 0)),
    ],
)
def test_the_next_failure_is_found_beyond_the_page(http: httpx.Client, alice: Person, query: str, seq: int) -> None:
    events = work("s").events
    alice.push(*events)
    sign_in(http, alice.user)
    for at in (17, 18, 45, 46):
        at_us = round(datetime.fromisoformat(events[at - 1]["ts"]).timestamp() * 1_000_000)
        query = query.replace(f"{{{at}}}", f"{at_us}.{at}")
    answer = http.get(f"/sessions/s/failure?{query}", follow_redirects=False)
    assert answer.headers.get("location") == (f"/sessions/s?at={seq}#e-{seq}" if seq else None)
    assert answer.status_code == (302 if seq else 204)


def test_a_deep_link_shows_the_totals_of_the_turn_that_goes_on(http: httpx.Client, alice: Person) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 200))
    sign_in(http, alice.user)
    linked = page(http, f"/sessions/{name}?at=300")
    assert "continued" in linked
    assert sums(linked)[1].startswith("200 tool calls")


def test_a_link_to_the_end_of_a_call_shows_the_call(http: httpx.Client, alice: Person) -> None:
    name = str(uuid4())
    long_call: dict[str, Any] = {"session_id": name, "tool_use_id": "long", "tool_input": {"command": "make all"}}
    first, *others = uses(name, 60)
    began = (datetime.now(UTC) - timedelta(seconds=3_650)).isoformat()
    alice.push(first, event("PreToolUse", ts=began, **long_call), *others, event("PostToolUse", **long_call))
    sign_in(http, alice.user)
    for at, step in ((100, 99), (123, 2)):
        linked = source(http, f"/sessions/{name}?at={at}")
        assert re.findall(r'<li class="step [^"]*" id="e-(\d+)"', linked)[0] == str(step)
        assert linked.count(f'id="e-{at}"') == 1


def test_the_turns_of_a_program_go_on_under_their_prompt(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s", agents="sdk-cli").events)
    sign_in(http, alice.user)
    linked = page(http, "/sessions/s?at=60")
    assert '<span class="number">1</span> <bdi>Mend the totals.' in linked
    assert sums(linked)[2].startswith("$1.85 40 tool calls")


def test_totals_are_the_same_after_events_that_came_late(http: httpx.Client, alice: Person) -> None:
    events = work("s").events
    alice.push(*events[20:])
    alice.push(*events[:20])
    sign_in(http, alice.user)
    assert {text.split(" tool")[0] for text in sums(source(http, "/sessions/s")).values()} >= {"$1.85 40"}


def test_the_rail_has_each_prompt_with_its_cost_and_failures(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    rail = page(http, "/sessions/s").split('class="prompt-rail"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', rail) == ["/sessions/s?at=2#e-2", "/sessions/s?at=85#e-85"]
    assert re.findall(r"<bdi>([^<]+)</bdi>", rail) == ["Mend the totals.", "And the refunds."]
    assert re.findall(r"\$\d\.\d\d|✗ \d", rail) == ["$1.85", "✗ 2", "$3.70"]


def test_the_rail_of_a_very_long_session_is_a_window(http: httpx.Client, alice: Person) -> None:
    alice.push(*(one for at in range(150) for one in told("s", "UserPromptSubmit", ago=900 - at, prompt=f"say {at}.")))
    sign_in(http, alice.user)
    text = page(http, "/sessions/s?at=100")
    assert "69 earlier prompts" in text
    assert "21 later prompts" in text
    assert text.count("data-prompt=") == 60


def test_the_header_that_an_open_page_fetches_has_the_latest_totals(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    fresh = source(http, "/sessions/s/now")
    assert sums(fresh)[85].startswith("$3.70 1 tool call")
    assert 'data-live="rail-85"' in fresh
    assert 'data-live="line"' in fresh


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=step-21", ["make step-21"]),
        ("failed=yes", ["make step-7", "make step-21"]),
        ("q=STEP-7&failed=yes", ["make step-7"]),
        ("q=tool:edit", ["billing/refunds.py"]),
        ("q=file:refunds.py", ["billing/refunds.py"]),
        ("q=mend+the", ["Mend the totals."]),
        ("q=/home/ada/shop+nothing", []),
        ("q=session_id", []),
    ],
)
def test_a_step_is_found_in_the_whole_session(http: httpx.Client, alice: Person, query: str, found: list[str]) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    text = page(http, f"/sessions/s/find?{query}")
    assert re.findall(r'<bdi class="target">([^<]+)</bdi>', text) == found


def test_what_is_found_leads_to_its_step(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    text = page(http, "/sessions/s/find?q=step-30")
    link = re.search(r'href="(/sessions/s\?at=(\d+)#e-\2)">Show in timeline', text)
    assert link
    assert f'id="e-{link[2]}"' in source(http, link[1])
    assert "No steps match." in page(http, "/sessions/s/find?q=zebra")
    assert "narrow the search" in page(http, "/sessions/s/find")


def test_a_change_of_a_file_names_its_prompt_and_its_place(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    text = page(http, "/sessions/s/files")
    assert '1 file, <span class="plus">+1</span>' in text
    assert "Prompt 2: <bdi>And the refunds.</bdi>" in text
    link = re.search(r'href="(/sessions/s\?at=(\d+)#e-\2)">Show in timeline', text)
    assert link
    assert f'id="e-{link[2]}"' in source(http, link[1])


def test_files_are_sorted_as_asked(http: httpx.Client, alice: Person) -> None:
    changes = {"b.py": 1, "a.py": 3, "c.py": 2}
    start = datetime.now(UTC) - timedelta(minutes=9)
    for number, (name, count) in enumerate(changes.items()):
        for again in range(count):
            given: dict[str, Any] = {"file_path": f"/home/dev/my-repo/{name}", "old_string": "", "new_string": "x"}
            ts = (start + timedelta(seconds=10 * number + again)).isoformat()
            alice.push(event("PostToolUse.Edit", session_id="s", ts=ts, tool_use_id=f"{name}{again}", tool_input=given))
    sign_in(http, alice.user)
    listed = {
        order: re.findall(r"</span>(\w\.py)</bdi>", page(http, f"/sessions/s/files?sort={order}"))
        for order in ("", "path", "changes", "nonsense")
    }
    assert listed[""] == listed["nonsense"] == ["b.py", "a.py", "c.py"]
    assert listed["path"] == ["a.py", "b.py", "c.py"]
    assert listed["changes"] == ["a.py", "c.py", "b.py"]


def test_a_huge_output_opens_to_a_box_and_a_short_command_is_said_once(http: httpx.Client, alice: Person) -> None:
    alice.push(*veteran._huge())
    sign_in(http, alice.user)
    text = source(http, f"/sessions/{veteran.HUGE}")
    assert len(re.findall(r"echo (?:<[^>]+>)?32", text)) == 1
    opened = source(http, "/events/3/block?and=4")
    assert re.search(r'<figure class="lines terminal boxed" tabindex="0">', opened)
    assert "4,000 more lines in the raw event." in opened


def test_numbers_and_models_are_written_for_people(http: httpx.Client, alice: Person) -> None:
    alice.push(*veteran._long())
    sign_in(http, alice.user)
    text = page(http, f"/sessions/{veteran.LONG}")
    assert re.search(r"<dt>Tokens</dt><dd>\d{2},\d{3},\d{3}</dd>", text)
    assert text.count("<bdi>Opus 4.8</bdi>") >= 2
    assert "claude-opus-4-8" not in re.sub(r"<[^>]+>", "", text), "ids of models stand in titles and addresses alone"


def test_an_import_of_subagents_alone_is_not_called_unused(http: httpx.Client, alice: Person) -> None:
    alice.push(*veteran._imported())
    sign_in(http, alice.user)
    head = page(http, "/sessions/imported-1").split('<section class="session-header')[0]
    assert "Inactive" in head
    assert "Unused" not in head
