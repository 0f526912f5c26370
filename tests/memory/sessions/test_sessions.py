"""`/api/sessions`: the acts and the states of a user's sessions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from accounts.models import Scope
from events.wire.timestamps import format_rfc3339
from memory.preferences import preference_changes
from tests.dashboard.payloads import afternoon
from tests.memory.make import START, at, event, usage
from tests.people import People, Person


def all_of(http: httpx.Client, path: str, name: str, **query: Any) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = http.get(path, params={**query, **cursor}).json()
        found += page[name]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def now(minutes_ago: float = 0) -> dict[str, str]:
    return {"ts": (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()}


def test_a_session_tells_all_of_itself(alice: Person) -> None:
    place = {"root": "/home/ada/engine", "project": "/home/ada/engine/src", "repo": "github.com/ada/engine"}
    client = {"client": {"name": "memfog", "branch": "main", "machine": "analytical"}}
    around = {**place, **client}
    tool = {"tool_name": "Bash", "tool_use_id": "t1"}
    alice.push(
        event("session_start", 0, source="startup", model="claude-opus-5-5", envelope=around),
        event("prompt_submit", 1, prompt="Make the tests pass.\nAll of them."),
        event("pre_tool_use", 2, **tool),
        event("post_tool_failure", 3, error="Exit code 1", **tool),
        event("subagent_start", 4, agent_id="a1", agent_type="Explore"),
        event("pre_compact", 5, trigger="auto"),
        usage("m1", 6, model="claude-opus-5-5", input_tokens=1_000, output_tokens=200),
        event("stop", 7, last_assistant_message="They pass.\nNow rest."),
        event("session_end", 8, reason="prompt_input_exit"),
    )
    assert alice.http.get("/api/sessions/s1").json() == {
        "id": "s1",
        "title": "Make the tests pass.",
        "starred": False,
        "project": "/home/ada/engine",
        "repo": "github.com/ada/engine",
        "branch": "main",
        "machine": "analytical",
        "source": "startup",
        "model": "claude-opus-5-5",
        "state": "ended",
        "reason": "prompt_input_exit",
        "message": "",
        "state_since": at(8),
        "automated": False,
        "started_at": at(0),
        "last_seen_at": at(8),
        "ended_at": at(8),
        "tool": "",
        "tool_since": None,
        "last_prompt": "Make the tests pass.",
        "prompts": 1,
        "tools": 1,
        "failures": 1,
        "subagents": 1,
        "compactions": 1,
        "input_tokens": 1_000,
        "output_tokens": 200,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cost_usd": 0.008,
        "unpriced_answers": 0,
    }


def test_an_afternoon_of_three_projects(alice: Person) -> None:
    """The recorded payloads as three sessions; one of them waits."""
    alice.push(*afternoon())
    seen = {one["project"]: one for one in alice.http.get("/api/sessions").json()["sessions"]}
    told = {folder: (one["state"], one["reason"], one["prompts"]) for folder, one in seen.items()}
    assert told == {
        "/srv/infra": ("ended", "prompt_input_exit", 1),
        "/home/ada/shop": ("working", "", 2),
        "/home/ada/field-notes": ("waiting", "needs_permission", 1),
    }


def test_a_silent_session_is_stale_until_it_speaks(alice: Person) -> None:
    alice.push(event("prompt_submit", prompt="Hello", envelope=now(20)))
    assert alice.http.get("/api/sessions/s1").json()["state"] == "stale"
    assert len(all_of(alice.http, "/api/sessions", "sessions", state="stale")) == 1
    assert all_of(alice.http, "/api/sessions", "sessions", state="working") == []
    alice.push(event("pre_tool_use", tool_name="Bash", tool_use_id="t1", envelope=now(16)))
    seen = alice.http.get("/api/sessions/s1").json()
    assert (seen["state"], seen["tool"]) == ("working", "Bash")
    assert len(all_of(alice.http, "/api/sessions", "sessions", state="working")) == 1
    assert all_of(alice.http, "/api/sessions", "sessions", state="stale") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_give_each_session_once_newest_first(alice: Person, limit: int) -> None:
    alice.push(*[event("prompt_submit", number // 2, session=f"s{number}", prompt="Hello") for number in range(7)])
    found = [one["id"] for one in all_of(alice.http, "/api/sessions", "sessions", limit=limit)]
    assert found == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]


def test_a_project_is_a_folder_or_a_repository(alice: Person) -> None:
    alice.push(
        event("prompt_submit", session="s1", envelope={"root": "/a", "repo": "github.com/ada/engine"}),
        event("prompt_submit", session="s2", envelope={"root": "/b", "repo": "github.com/ada/engine"}),
        event("prompt_submit", session="s3", envelope={"root": "/a"}),
    )

    def found(project: str) -> set[str]:
        return {one["id"] for one in all_of(alice.http, "/api/sessions", "sessions", project=project)}

    assert found("/a") == {"s1", "s3"}
    assert found("github.com/ada/engine") == {"s1", "s2"}
    assert found("/c") == set()


@pytest.mark.parametrize("limit", [1, 3, 1_000])
def test_a_timeline_gives_the_events_as_they_were_sent_in_the_order_they_happened(alice: Person, limit: int) -> None:
    told = [event("pre_tool_use", second, number="1e400") for second in (5, 3, 4, 4, 1)]
    alice.push(*told, event("stop", session="s2"))
    found = all_of(alice.http, "/api/sessions/s1/timeline", "events", limit=limit)
    assert [one["ts"] for one in found] == [at(second) for second in (1, 3, 4, 4, 5)]
    assert {one["id"] for one in found} == {one["id"] for one in told}
    pulled = {one["id"]: one for one in alice.walk()}
    assert all(pulled[one["id"]] == one for one in found)


def test_a_deleted_event_leaves_its_session(alice: Person) -> None:
    told = [event("prompt_submit", 1, prompt="A secret"), event("prompt_submit", 2, prompt="Hello")]
    alice.push(*told)
    assert alice.http.get("/api/sessions/s1").json()["title"] == "A secret"
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    alice.http.request("DELETE", "/api/events", json={"ids": [told[0]["id"]]}, headers=headers)
    seen = alice.http.get("/api/sessions/s1")
    assert "A secret" not in seen.text
    assert (seen.json()["title"], seen.json()["prompts"], seen.json()["started_at"]) == ("Hello", 1, at(2))
    assert len(alice.http.get("/api/sessions/s1/timeline").json()["events"]) == 1
    alice.http.request("DELETE", "/api/events", json={"session_id": "s1"}, headers=headers)
    assert alice.http.get("/api/sessions/s1").status_code == 404
    assert alice.http.get("/api/sessions").json()["sessions"] == []


def test_a_title_and_a_star_are_the_users(alice: Person, bob: Person) -> None:
    alice.push(event("prompt_submit", prompt="Hello"))
    bob.push(event("prompt_submit", prompt="Hello"))
    preference_changes.set_session_preference(alice.id, "s1", title="Mine", starred=True)
    seen = [person.http.get("/api/sessions").json()["sessions"][0] for person in (alice, bob)]
    assert [(one["title"], one["starred"]) for one in seen] == [("Mine", True), ("Hello", False)]


@pytest.mark.parametrize("ts", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60-14:00"])
def test_a_time_outside_of_all_calendars_is_told_at_the_edge(alice: Person, ts: str) -> None:
    alice.push(event("prompt_submit", prompt="Hello", envelope={"ts": ts}))
    seen = alice.http.get("/api/sessions/s1").json()
    assert seen["started_at"] in ("0001-01-01T00:00:00.000000Z", alice.walk()[0]["received_at"])
    assert len(alice.http.get("/api/sessions/s1/timeline").json()["events"]) == 1


CURSORS = [
    "x",
    "1",
    "W10",
    "WzEsMl0",
    "bnVsbA",
    "W3RydWUsInMxIl0",
    "Wzk5OTk5OTk5OTk5OTk5OTk5OTksInMxIl0",
    "é",
    "W1tb",
]


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("path", ["/api/sessions", "/api/sessions/s1/timeline"])
def test_a_cursor_that_is_none_is_refused(alice: Person, path: str, cursor: str) -> None:
    answer = alice.http.get(path, params={"cursor": cursor})
    if path.endswith("timeline") and cursor == "WzEsMl0":
        assert answer.status_code == 404, "this cursor is valid for a timeline"
        return
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["loc"] == ["cursor"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"state": "tired"}, {"project": "x" * 4_097}])
def test_a_query_that_cannot_be_is_refused_by_name(alice: Person, query: dict[str, Any]) -> None:
    answer = alice.http.get("/api/sessions", params=query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["loc"] == list(query)


@pytest.mark.parametrize("path", ["/api/sessions", "/api/sessions/s1", "/api/sessions/s1/timeline"])
def test_reading_needs_the_scope_for_it(people: People, alice: Person, path: str) -> None:
    capture = people(alice.user, scope=Scope.CAPTURE)
    capture.push(event("prompt_submit", prompt="Hello"))
    assert capture.http.get(path).status_code == 403
    assert alice.http.get(path).status_code == 200


def test_an_event_without_a_session_costs_nothing(alice: Person) -> None:
    alice.push(event("stop", session=""), {**event("stop"), "kind": {"type": "Other", "data": {"a": 1}}})
    assert alice.http.get("/api/sessions").json() == {"sessions": [], "next_cursor": None}
    assert format_rfc3339(START) == at(0)
