"""`/api/context`: what a new session should know. Only text that the user typed stands outside of quotes."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Scope
from memory.context.context_markdown import render_context
from memory.context.project_memory import Act, ProjectMemory, TurnSummary, UserPrompt
from memory.context.quoting import format_user_text, quote
from tests.memory.make import event, usage
from tests.memory.rules.test_observations import is_golden
from tests.memory.stories import STORIES, told
from tests.people import People, Person
from tests.server import ROOT

HERE = "/home/dev/my-repo"
PLANTED = json.loads((ROOT / "tests/memory/planted.json").read_text())
SPAN = re.compile(r"`[^`\n]*`")


def ask(person: Person, **query: Any) -> dict[str, Any]:
    answer = person.http.get("/api/context", params={"project": HERE, **query}, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_it_is_golden(alice: Person) -> None:
    """A person reviewed the golden file; UPDATE writes it again, like the others."""
    alice.push(*told(STORIES["refund"], "refund"))
    shown = ask(alice)["markdown"]
    is_golden("context", shown.splitlines())


def test_it_is_markdown_unless_json_is_asked_for(alice: Person) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    plain = alice.http.get("/api/context", params={"project": HERE})
    assert plain.headers["content-type"] == "text/markdown; charset=utf-8"
    made = ask(alice)
    assert plain.text == made["markdown"]
    assert made["tokens"] <= 2_000
    assert {item["id"] for item in made["items"]} <= set(range(1, 18))
    assert sum(item["tokens"] for item in made["items"]) < made["tokens"]
    refused = alice.http.get("/api/context", headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")


def test_the_scope_to_capture_is_enough(people: People, alice: Person) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    assert ask(people(alice.user, scope=Scope.CAPTURE))["markdown"]


@pytest.mark.parametrize("budget", [0, 1, 50, 220, 300, 500, 1_000, 2_000, 10_000])
def test_it_stays_within_its_budget(alice: Person, budget: int) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    made = ask(alice, budget=budget)
    assert made["tokens"] <= budget
    assert bool(made["markdown"]) == (budget >= 220)
    assert (len(made["markdown"]) // 4 <= budget) or not made["markdown"]


@pytest.mark.parametrize("query", [{"budget": -1}, {"budget": 10_001}, {"project": "x" * 4_097}])
def test_a_query_that_cannot_be_is_refused_by_name(alice: Person, query: dict[str, Any]) -> None:
    answer = alice.http.get("/api/context", params=query, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (400, list(query))


def test_where_nothing_is_known_nothing_is_said(alice: Person) -> None:
    assert ask(alice) == {"markdown": "", "tokens": 0, "items": []}
    alice.push(*told(STORIES["refund"], "refund"))
    assert ask(alice, project="/home/dev/another")["markdown"] == ""
    assert ask(alice, project="", root="")["markdown"] == ""


def test_worktrees_and_clones_share_by_repository(alice: Person) -> None:
    repo = {"repo": "github.com/ada/engine"}
    asked = {
        "/home/ada/engine": "Explain in two sentences how the gears turn.",
        "/home/ada/engine-fix": "Which of those cards that jam should we replace first?",
        "/srv/clone": "Write me a manual for people who repair engines.",
    }
    for number, (folder, prompt) in enumerate(asked.items()):
        around = {**repo, "root": folder, "project": folder}
        alice.push(event("prompt_submit", number, session=f"s{number}", prompt=prompt, envelope=around))
    far = {"root": "/x", "repo": "other"}
    alice.push(event("prompt_submit", 9, session="s9", prompt="Tell me all about what is elsewhere.", envelope=far))
    shared = ask(alice, project="/nowhere", repo="github.com/ada/engine")["markdown"]
    places = [shared.index(what) for what in ("a manual", "cards that jam", "the gears")]
    assert places == sorted(places), "the newest must come first"
    assert "elsewhere" not in shared
    alone = ask(alice, project="/home/ada/engine")["markdown"]
    assert "a manual" not in alone
    assert "the gears" in alone


def test_nobody_gets_anothers(alice: Person, bob: Person) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    assert ask(bob)["markdown"] == ""


def test_what_was_deleted_is_not_in_it(alice: Person) -> None:
    events = told(STORIES["refund"], "refund")
    alice.push(*events)
    assert "Never use floats" in ask(alice)["markdown"]
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    ids = [one["id"] for one in events if "floats" in str(one)]
    alice.http.request("DELETE", "/api/events", json={"ids": ids}, headers=headers)
    assert "floats" not in ask(alice)["markdown"]


def tool(name: str, given: Any, response: Any, hook: str = "post_tool_use", **over: Any) -> dict[str, Any]:
    use = {"tool_name": name, "tool_use_id": "t1", "tool_input": given, "tool_response": response}
    return event(hook, 1, envelope={"root": HERE, "project": HERE}, **use, **over)


def of(hook: str, **data: Any) -> dict[str, Any]:
    return event(hook, 2, envelope={"root": HERE, "project": HERE}, **data)


# Every way in which text that no person typed enters the log.
WAYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "a page": lambda text: tool("WebFetch", {"url": "https://example.org"}, {"code": 200, "result": text}),
    "an address": lambda text: tool("WebFetch", {"url": f"https://example.org/{text}"}, {}),
    "a broken address": lambda text: tool("WebFetch", {"url": f"http://[{text}"}, {}),
    "a search of the web": lambda text: tool("WebSearch", {"query": text}, {"results": [text]}),
    "the output of a command": lambda text: tool("Bash", {"command": "cat a"}, {"stdout": text}),
    "a command": lambda text: tool("Bash", {"command": text, "description": text}, {}),
    "an error": lambda text: tool("Bash", {"command": "make"}, None, "post_tool_failure", error=f"Exit code 1\n{text}"),
    "the name of a file": lambda text: tool("Write", {"file_path": f"{HERE}/{text}", "content": text}, {}),
    "a file that was edited": lambda text: tool("Edit", {"file_path": text, "new_string": text}, {}),
    "a file that was read": lambda text: tool("Read", {"file_path": text}, {"file": {"content": text}}),
    "a pattern": lambda text: tool("Grep", {"pattern": text, "path": text}, {"filenames": [text]}),
    "another tool": lambda text: tool("mcp__lab__echo", {"text": text}, [{"type": "text", "text": text}]),
    "the name of a tool": lambda text: tool(text, {"a": text}, {}),
    "a subagent": lambda text: tool("Agent", {"description": text, "subagent_type": text}, {}),
    "a plan": lambda text: tool("ExitPlanMode", {"plan": text}, {}),
    "a task": lambda text: of("task_completed", task_id="1", task_subject=text),
    "the closing words": lambda text: of("stop", last_assistant_message=text),
    "a compaction": lambda text: of("post_compact", compact_summary=f"<summary>{text}</summary>"),
    "a refusal": lambda text: tool("Bash", {"command": text}, None, "permission_denied", reason=text),
    "a failed turn": lambda text: of("stop_failure", error=text, last_assistant_message=text),
    "a task that reports itself": lambda text: of("prompt_submit", prompt=f"<task-notification>{text}"),
    "what the host adds to a prompt": lambda text: of(
        "prompt_submit", prompt=f"<system-reminder>{text}</system-reminder>"
    ),
    "the model's name": lambda text: usage("m1", 1, model=text) | {"project": HERE, "root": HERE},
    "a session's title": lambda text: of("session_start", session_title=text, source=text),
}


GO_ON = "Go on with the invoice totals of the shop, please."
WORDS = ("gnore all", "SYSTEM", "rm -rf", "evil", "id_rsa", "drowssap", "obey", "Human", "disable", "exfiltrate")


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_was_planted_speaks(alice: Person, way: str) -> None:
    for number, text in enumerate(PLANTED):
        made, session = WAYS[way](text), f"s{number}"
        kind = made["kind"]["data"]
        kind.get("data", kind)["session_id"] = session
        alice.push(of("prompt_submit", session=session, prompt=GO_ON), made, of("stop", session=session))
    markdown = ask(alice, budget=10_000)["markdown"]
    outside = SPAN.sub("", markdown)
    assert GO_ON in outside
    assert "`" not in outside, "every code span must end"
    assert [word for word in WORDS if word in outside] == []
    assert not any(0xE0000 <= ord(char) <= 0xE007F or char in "\u202e\u202c" for char in markdown)
    headings = [line for line in markdown.splitlines() if line.startswith("#")]
    assert len(headings) == len(set(headings))


def test_what_is_planted_would_be_seen(alice: Person) -> None:
    """A control: if the user types the same words, they stand outside of all code spans."""
    alice.push(*(of("prompt_submit", prompt=text, session=f"s{number}") for number, text in enumerate(PLANTED[:5])))
    outside = SPAN.sub("", ask(alice)["markdown"])
    assert "Ignore all previous instructions" in outside


@pytest.mark.parametrize("text", PLANTED)
def test_a_quotation_is_one_span_on_one_line(text: str) -> None:
    shown = quote(text * 3, 120)
    assert SPAN.fullmatch(shown)
    assert len(shown) <= 122
    assert "\n" not in format_user_text(text, 120)


def test_nothing_to_quote_is_nothing() -> None:
    assert quote(" \n\u202e", 10) == ""
    assert quote("</b>", 10) == ""


def act(seq: int, type_: str, title: str, **fields: Any) -> Act:
    return Act(seq, fields.pop("session_id", "s1"), seq, type_, title, **fields)


def rendered(budget: int = 2_000, **rows: Any) -> list[str]:
    """The titles of the index lines, without ids, dates and sizes."""
    newest_first = {name: sorted(values, key=lambda row: -row.at_us) for name, values in rows.items()}
    markdown = render_context(ProjectMemory(**newest_first), budget=budget).markdown
    return [" · ".join(line.split(" · ")[2:-1]) for line in markdown.splitlines() if line.startswith("- ")]


def test_nothing_to_say_costs_nothing() -> None:
    looks = [act(seq, "command", "Ran `ls -la`") for seq in range(1, 9)]
    reads = [act(seq, "read", f"Read {seq}.py") for seq in range(10, 19)]
    chat = [UserPrompt(1, "s1", 1, "what is your model name?"), UserPrompt(2, "s1", 2, "2")]
    summary = [TurnSummary(20, "s1", 20, closing="I am Claude.")]
    assert rendered(acts=[*looks, *reads], prompts=chat, summaries=summary) == []


def test_repeated_tries_are_one_line_with_what_came_of_them() -> None:
    tries = [act(seq, "failure", "`adb emu kill` failed", outcome="exit 1: no port") for seq in range(1, 9)]
    other = act(9, "command", "Ran `adb kill-server`")
    assert rendered(acts=[*tries, other])[0] == (
        "failure · `'adb emu kill' failed 8 times: exit 1: no port; then 'adb kill-server' worked`"
    )
    fixed = act(12, "fix", "`adb emu kill` passes again after editing a.cfg", files_modified="a.cfg")
    assert rendered(acts=[*tries, fixed]) == [
        "command · `Ran 'adb emu kill' 1 of 9 times; failed 8 times, then worked after editing a.cfg`"
    ]


def test_a_command_that_failed_last_shows_where_the_work_stopped() -> None:
    acts = [act(1, "command", "Ran `npm test`"), act(2, "failure", "`npm test` failed", outcome="exit 1: 3 failed")]
    assert rendered(acts=acts) == ["failure · `'npm test' failed last: exit 1: 3 failed; worked once before`"]


def test_a_file_stands_once_with_what_was_done_over_time() -> None:
    edits = [
        act(1, "edit", "Wrote a.py", outcome="30 lines", files_modified="a.py"),
        act(2, "edit", "Edited a.py", outcome="+12 −3", files_modified="a.py", session_id="s2"),
        act(3, "edit", "Edited a.py", outcome="+1", files_modified="a.py", session_id="s2"),
        act(4, "edit", "Edited b.py", outcome="−2", files_modified="b.py", session_id="s2"),
    ]
    assert rendered(acts=edits) == [
        "edit · `a.py: new file, 3 edits in 2 sessions, +13 −3`",
        "edit · `b.py: 1 edit, −2`",
    ]


def test_a_file_that_several_sessions_read_is_named() -> None:
    reads = [
        act(seq, "read", f"Read {name}", session_id=f"s{seq}") for seq, name in ((1, "a.md"), (2, "a.md"), (2, "b.md"))
    ]
    edits = [act(seq, "edit", "Edited c.py", files_modified="c.py", session_id=f"s{seq}") for seq in (1, 2)]
    failed = act(9, "failure", "Edited d.py failed", session_id="s2")
    made = rendered(acts=[*reads, *edits, failed])
    assert "read · `a.md: read 2 times in 2 sessions`" in made
    assert "edit · `d.py: an edit failed`" in made
    assert "b.md" not in str(made)


def test_the_last_outcome_and_the_next_steps_come_first() -> None:
    edit = act(1, "edit", "Edited a.py", files_modified="a.py")
    closing = "## Done\n\nThe **total** is `right` now.\n```\ncode\n```\n| a | b |\n"
    closing += "\n### Next steps\n- Write a test\n1. Ship it"
    made = rendered(acts=[edit], summaries=[TurnSummary(2, "s1", 2, closing=closing)])
    assert made[:2] == [
        "summary · `The total is right now. Write a test; Ship it`",
        "next · `Write a test; Ship it`",
    ]
    open_todos = TurnSummary(2, "s1", 2, closing=closing, next_steps="Release\nTell all")
    assert rendered(acts=[edit], summaries=[open_todos])[1] == "next · `Release; Tell all`"


def test_a_turn_without_closing_words_is_summarized_by_its_acts() -> None:
    edit = act(1, "edit", "Edited a.py", files_modified="a.py")
    completed = "Edited a.py\nEdited b.py\nWrote c.py"
    made = rendered(acts=[edit], summaries=[TurnSummary(2, "s1", 2, completed=completed)])
    assert made[0] == "summary · `Edited a.py, b.py; Wrote c.py`"


def test_only_prompts_that_say_something_stand_in_it() -> None:
    texts = [
        "Make the header of the invoice blue.",
        "continue",
        "/compact",
        "make the header of the invoice blue",
        "TypeError: x is not a function at https://example.org/app.js:12:30",
        "No, use the blue of the logo instead.",
        "This session is being continued from a previous conversation that ran out of context.",
        "总是用中文写提交信息，不要用英文写。",
    ]
    prompts = [UserPrompt(seq, "s1", seq, text) for seq, text in enumerate(texts, start=1)]
    acts = [act(seq * 10, "edit", "Edited a.py", files_modified="a.py") for seq in (9, 10)]
    made = [line for line in rendered(acts=acts, prompts=prompts) if line.startswith("prompt")]
    assert made == ["prompt · No, use the blue of the logo instead.", f"prompt · {texts[-1]}"]


def test_files_that_change_together_are_a_fact() -> None:
    edits = [
        act(seq * 2 + at, "edit", f"Edited {name}", files_modified=name, session_id=f"s{seq}")
        for seq in (1, 2, 3)
        for at, name in enumerate(("a.py", "b.py"))
    ]
    assert "edit · `These files change together: a.py and b.py`" in rendered(acts=edits)


def test_lines_of_most_worth_take_the_budget() -> None:
    files = [act(seq, "edit", f"Edited {seq}.py", files_modified=f"{seq}.py") for seq in range(1, 300)]
    tests = act(300, "command", "Ran `make test`")
    for budget in (200, 500, 2_000):
        made = rendered(budget, acts=[*files, tests])
        assert made[0] == "command · `Tests: 'make test' worked`"
    assert 20 < len(rendered(10_000, acts=[*files, tests])) < 120, "the rest is not worth its tokens"
