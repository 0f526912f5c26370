"""Sessions that a program runs are folded away on pages, and those that nobody used are hidden."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.dashboard.visitor import page, sign_in, source
from tests.memory.make import event, usage
from tests.people import Person

CARD = re.compile(r'<li class="session-card is-(\w+).*?<bdi>([^<]*)</bdi>', re.DOTALL)


def ago(minutes: float, entrypoint: str = "") -> dict[str, Any]:
    ts = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    return {"ts": ts} | ({"client": {"name": "memfog", "entrypoint": entrypoint}} if entrypoint else {})


def run(session: str, minutes: float, entrypoint: str = "sdk-cli", *, ends: bool = True) -> list[dict[str, Any]]:
    """A run that began some minutes ago and ended five seconds later."""
    told = [
        event("session_start", session=session, source="startup", envelope=ago(minutes, entrypoint)),
        event("prompt_submit", session=session, prompt=f"Walrus of {session}", envelope=ago(minutes, entrypoint)),
    ]
    stop = event("stop", session=session, last_assistant_message="Done.", envelope=ago(minutes - 0.08, entrypoint))
    return [*told, stop] if ends else told


def listed(http: httpx.Client, query: str = "") -> list[str]:
    return re.findall(r'<a href="/sessions/(\w+)">', source(http, f"/sessions{query}"))


def cards(http: httpx.Client, query: str = "") -> list[tuple[str, str]]:
    return CARD.findall(source(http, f"/live/wall{query}"))


def ids(alice: Person, query: str = "") -> list[str]:
    return [one["id"] for one in alice.http.get(f"/api/sessions{query}").json()["sessions"]]


def test_headless_runs_are_folded_away_unless_asked_for(http: httpx.Client, alice: Person) -> None:
    alice.push(*[one for number in range(40) for one in run(f"cron{number}", 40 - number)])
    alice.push(*run("mine", 30, "cli"), event("prompt_submit", session="work", prompt="Walrus", envelope=ago(50)))
    alice.push(event("pre_tool_use", session="work", tool_name="Bash", tool_use_id="t1", envelope=ago(45)))
    sign_in(http, alice.user)
    assert listed(http) == ["mine", "work"]
    assert "40 automated sessions hidden." in page(http, "/sessions")
    assert len(listed(http, "?automated=all")) == 42
    assert listed(http, "?automated=none") == ["mine", "work"]
    assert {state for state, _ in cards(http)} == {"waiting", "working"}
    assert 'name="automated"' in source(http, "/sessions")
    assert "automated" in page(http, "/sessions?automated=all")
    assert "by a program" in page(http, "/sessions/cron1")
    assert http.get("/live/pulse").json()["waiting"] == 1


def test_the_api_lists_every_session_and_filters(alice: Person) -> None:
    alice.push(*run("cron", 2), *run("mine", 1, "cli"))
    assert ids(alice) == ["mine", "cron"]
    assert ids(alice, "?automated=1") == ["cron"]
    assert ids(alice, "?automated=0") == ["mine"]
    assert alice.http.get("/api/sessions?automated=2").status_code == 400
    cron, mine = (alice.http.get(f"/api/sessions/{name}").json() for name in ("cron", "mine"))
    assert (cron["automated"], cron["state"], cron["prompts"], cron["title"]) == (True, "ended", 0, "Walrus of cron")
    assert (mine["automated"], mine["state"], mine["prompts"]) == (False, "waiting", 1)


def test_runs_without_an_entry_point_do_not_drive_work_off_the_board(http: httpx.Client, alice: Person) -> None:
    alice.push(*[one for number in range(60) for one in run(f"cron{number}", 70 - number, "")])
    alice.push(event("prompt_submit", session="real", prompt="work", envelope=ago(14)))
    alice.push(event("prompt_submit", session="asks", prompt="ask", envelope=ago(301)))
    alice.push(event("permission_request", session="asks", tool_name="Bash", envelope=ago(300)))
    sign_in(http, alice.user)
    shown = cards(http)
    assert len(shown) == 12
    assert shown[0] == ("waiting", "ask")
    assert ("working", "work") in shown


def test_a_turn_that_nobody_answers_stands_behind_the_work(http: httpx.Client, alice: Person) -> None:
    alice.push(*run("old", 90, "cli"), *run("fresh", 9, "cli"), *run("work", 5, "cli", ends=False))
    sign_in(http, alice.user)
    assert [title for _, title in cards(http)] == ["Walrus of fresh", "Walrus of work", "Walrus of old"]


def test_searches_leave_out_what_programs_did(http: httpx.Client, alice: Person) -> None:
    tool: dict[str, Any] = {
        "tool_name": "Bash",
        "tool_input": {"command": "walrus"},
        "tool_response": {"stdout": "walrus"},
    }
    for name, entrypoint in (("cron", "sdk-py"), ("mine", "cli")):
        around = ago(5, entrypoint)
        alice.push(*run(name, 6, entrypoint))
        alice.push(event("post_tool_use", session=name, tool_use_id=f"t-{name}", envelope=around, **tool))
    sign_in(http, alice.user)
    found = {query: source(http, f"/search?q=walrus{query}") for query in ("", "&automated=all")}
    assert "/sessions/mine" in found[""]
    assert "/sessions/cron" not in found[""]
    assert "/sessions/cron" in found["&automated=all"]
    hits = alice.http.get("/api/search?q=walrus").json()["hits"]
    assert {hit["session_id"] for hit in hits} == {"cron", "mine"}


def test_sums_leave_out_what_programs_did(http: httpx.Client, alice: Person) -> None:
    for name, entrypoint, tokens in (("cron", "sdk-cli", 5_000_000), ("mine", "cli", 1_000_000)):
        around = ago(5, entrypoint)
        spent = usage(f"m-{name}", session=name, model="claude-opus-4-6", output_tokens=tokens)
        alice.push(*run(name, 6, entrypoint), {**spent, **around})
    sign_in(http, alice.user)
    assert '<dt>Tokens</dt><dd title="1,000,000">' in page(http, "/insights")
    assert '<dt>Tokens</dt><dd title="6,000,000">' in page(http, "/insights?automated=all")
    assert '<dt>Sessions</dt><dd title="1"> <a href="/sessions?time=30d">1</a>' in page(http, "/insights")


def test_a_session_that_becomes_a_persons_moves_in_the_sums(http: httpx.Client, alice: Person) -> None:
    alice.push(*run("cron", 6), {**usage("m", session="cron", output_tokens=7), **ago(5)})
    sign_in(http, alice.user)
    assert "Show automated sessions" in page(http, "/insights")
    assert "Show automated sessions" in page(http, "/sessions")
    assert '<dt>Tokens</dt><dd title="7">' in page(http, "/insights?automated=all")
    alice.push(event("prompt_submit", session="cron", prompt="And now?", envelope=ago(1, "cli")))
    assert '<dt>Tokens</dt><dd title="7">' in page(http, "/insights")
    assert listed(http) == ["cron"]


def test_a_session_that_nobody_used_waits_for_nobody(http: httpx.Client, alice: Person) -> None:
    alice.push(event("session_start", session="new", source="startup", envelope=ago(5)))
    sign_in(http, alice.user)
    assert (listed(http), cards(http)) == ([], [])
    assert http.get("/live/pulse").json()["waiting"] == 0
    assert (ids(alice), listed(http, "?state=idle")) == (["new"], ["new"])
    assert alice.http.get("/api/sessions/new").json()["state"] == "idle"
    alice.push(event("session_end", session="closed", reason="clear", envelope=ago(4)))
    assert (listed(http), sorted(ids(alice))) == ([], ["closed", "new"])
    alice.push(event("prompt_submit", session="new", prompt="Hello", envelope=ago(1)))
    assert listed(http) == ["new"]


def test_two_starts_of_one_resume_are_one_session(http: httpx.Client, alice: Person) -> None:
    here, there = ({**ago(5), "root": folder} for folder in ("/home/ada/engine", "/home/ada/elsewhere"))
    alice.push(*run("old", 60, "cli"), event("session_start", session="ghost", source="startup", envelope=here))
    alice.push(event("session_start", session="other", source="startup", envelope=there))
    assert sorted(ids(alice)) == ["ghost", "old", "other"]
    alice.push(event("session_start", session="old", source="resume", envelope={**here, **ago(4.9)}))
    assert sorted(ids(alice)) == ["old", "other"]
    sign_in(http, alice.user)
    assert listed(http, "?state=idle") == ["other"]
    alice.push(event("prompt_submit", session="ghost", prompt="It is one after all", envelope={**here, **ago(1)}))
    assert sorted(ids(alice)) == ["ghost", "old", "other"]


def test_an_interrupt_is_shown_and_ends_what_was_open(http: httpx.Client, alice: Person) -> None:
    tool = event("pre_tool_use", session="mine", tool_name="Bash", tool_use_id="t1", envelope=ago(4, "cli"))
    interrupted = {**event("", envelope=ago(3)), "kind": {"type": "Interrupted", "data": {"session_id": "mine"}}}
    alice.push(*run("mine", 5, "cli", ends=False), tool, interrupted)
    sign_in(http, alice.user)
    assert ("waiting", "Walrus of mine") in cards(http)
    told = alice.http.get("/api/sessions/mine").json()
    assert (told["state"], told["reason"], told["tool"]) == ("waiting", "interrupted", "")
    for path in ("/", "/sessions/mine"):
        assert "Interrupted" in page(http, path)
    assert "No result" in page(http, "/sessions/mine") or "no result" in page(http, "/sessions/mine")


def test_a_page_offers_to_show_them_only_where_it_leaves_them_out(http: httpx.Client, alice: Person) -> None:
    alice.push(*run("cron", 60), *run("mine", 30, "cli"))
    sign_in(http, alice.user)
    for path in ("/", "/sessions", "/search", "/insights"):
        assert 'type="checkbox" name="automated"' in source(http, path)
    for path in ("/files", "/commits"):
        text = source(http, f"{path}?machine=desk")
        assert ('class="page-filter"' in text, 'name="automated"' in text) == (True, False)
        assert 'type="hidden" name="automated" value="all"' in source(http, f"{path}?automated=all")
