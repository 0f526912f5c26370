"""What turns and projects cost: the turns of a session add up to it, and those of its files to their changes."""

from typing import Any

import pytest

from events.isolation.row_security import acting_for
from memory.file_history.project_costs import MAX_TURNS
from memory.models import Prompt
from tests.memory.file_history.edits import PROJECT, REPO, command, cost, edit, placed, prompt, write
from tests.memory.make import event
from tests.people import Person

MILL, README = f"{PROJECT}/mill.py", f"{PROJECT}/README.md"
REPORT = "<task-notification>\n<task-id>1</task-id>\n</task-notification>"
ELSEWHERE = placed(project="/home/ada/other", root="/home/ada/other", repo="github.com/bob/engine")


def project_cost(person: Person, project: str, **query: Any) -> dict[str, Any]:
    answer = person.http.get("/api/files", params={"project": project, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["project_cost"]
    return found


def turn_costs(person: Person, *paths: str) -> list[float | None]:
    rows = [
        change
        for path in paths
        for change in person.http.get("/api/files/history", params={"path": path}).json()["changes"]
    ]
    return [row["turn_cost_usd"] for row in sorted(rows, key=lambda row: row["id"])]


def push_project(person: Person) -> None:
    """Two turns that change files, one that does not, one of another session, and one of another project."""
    person.push(
        prompt("Build", 0),
        write(MILL, 1, "a\nb\n"),
        write(README, 2, "c\n"),
        cost("m1", 3, output_tokens=33_333),
        prompt("What does it do?", 10),
        cost("m2", 11, output_tokens=1_111),
        command("git commit -am x", 12, "[main 1f3870b] x\n create mode 100644 a.lock\n"),
        prompt("Turn it", 20),
        edit(MILL, 21, ["-a", "+d"]),
        cost("m3", 22, output_tokens=7),
        cost("m4", 23, model="unknown-model"),
        event("session_start", 29, session="s2", source="startup", envelope=placed()),
        cost("m5", 30, session="s2", output_tokens=333),
        prompt("Elsewhere", 31, session="s3", envelope=ELSEWHERE),
        write("/home/ada/other/mill.py", 32, "x\n", session="s3", envelope=ELSEWHERE),
        cost("m6", 33, session="s3"),
    )


def test_a_project_costs_what_its_changes_and_its_other_turns_do(alice: Person, bob: Person) -> None:
    push_project(alice)
    found = project_cost(alice, REPO)
    assert found == {
        "cost_usd": 0.8696,
        "changes_cost_usd": 0.8335,
        "other_cost_usd": 0.0361,
        "unpriced_answers": 1,
    }
    listed = alice.http.get("/api/files", params={"project": REPO}).json()["files"]
    assert round(sum(one["cost_usd"] for one in listed), 6) == found["changes_cost_usd"]
    sessions = alice.http.get("/api/sessions", params={"project": REPO}).json()["sessions"]
    assert round(sum(one["cost_usd"] for one in sessions), 6) == found["cost_usd"]
    assert project_cost(alice, PROJECT) == found
    assert project_cost(alice, "github.com/bob/engine")["cost_usd"] == 2.5
    assert project_cost(bob, REPO)["cost_usd"] is None


def test_a_cost_of_no_project_and_of_later_pages_is_none(alice: Person) -> None:
    push_project(alice)
    assert alice.http.get("/api/files").json()["project_cost"] is None
    first = alice.http.get("/api/files", params={"project": REPO, "limit": 1}).json()
    assert first["project_cost"]["cost_usd"] == 0.8696
    assert project_cost(alice, REPO, cursor=first["next_cursor"]) is None


def test_what_came_before_the_first_prompt_counts_for_its_turn(alice: Person) -> None:
    alice.push(cost("m0", 0), prompt("Build", 1), write(MILL, 2, "a\n"), cost("m1", 3))
    alice.push(prompt("Talk", 4), cost("m2", 5))
    assert turn_costs(alice, "mill.py") == [5.0]
    found = project_cost(alice, REPO)
    assert (found["cost_usd"], found["changes_cost_usd"], found["other_cost_usd"]) == (7.5, 5.0, 2.5)


def test_of_two_prompts_at_one_time_only_one_has_the_cost(alice: Person) -> None:
    alice.push(prompt("Build", 0), prompt("And describe", 0), write(MILL, 1, "a\n"), cost("m1", 2))
    alice.push(prompt("Again", 5), write(README, 5, "a\n"), prompt("Once more", 5))
    alice.push(edit(MILL, 6, ["+b"]), cost("m2", 7))
    costs = turn_costs(alice, "mill.py", "README.md")
    assert sum(filter(None, costs)) == 5.0
    assert project_cost(alice, REPO)["changes_cost_usd"] == 5.0


@pytest.mark.parametrize("is_headless", [False, True])
def test_a_report_ends_no_turn(alice: Person, is_headless: bool) -> None:
    """Whether a person or a program runs the session."""
    source = {"promptSource": "sdk"} if is_headless else {}
    alice.push(
        prompt("Build", 1, **source),
        cost("m1", 2),
        prompt(REPORT, 3, **source),
        write(MILL, 4, "a\n"),
        cost("m2", 5),
        prompt("Describe", 6, **source),
        write(README, 7, "a\n"),
        cost("m3", 8),
    )
    assert turn_costs(alice, "mill.py", "README.md") == [5.0, 2.5]
    found = project_cost(alice, REPO)
    assert (found["cost_usd"], found["changes_cost_usd"]) == (7.5, 7.5)


def test_turns_with_changes_count_whether_they_follow_each_other_or_not(alice: Person) -> None:
    alice.push(cost("m0", 0), prompt("Start", 0.5), *(prompt(f"Turn {n}", n * 10) for n in range(1, 9)))
    alice.push(*(cost(f"m{n}", n * 10 + 5) for n in range(1, 9)))
    for turns, dollars in (((2,), 2.5), ((3,), 5.0), ((5,), 7.5), ((6, 8), 12.5)):
        alice.push(*(edit(MILL, n * 10 + 3, ["+x"]) for n in turns))
        assert project_cost(alice, REPO)["changes_cost_usd"] == dollars
    alice.push(edit(MILL, 1, ["+x"]))
    found = project_cost(alice, REPO)
    assert (found["changes_cost_usd"], found["cost_usd"], found["other_cost_usd"]) == (15.0, 22.5, 7.5)


def test_the_cost_of_very_many_turns_is_not_split(alice: Person) -> None:
    alice.push(prompt("Build", 0), write(MILL, 1, "a\n"), cost("m1", 2))
    assert project_cost(alice, REPO)["changes_cost_usd"] == 2.5
    with acting_for(alice.id):
        known = Prompt.objects.for_user(alice.id).get()
        rows = [
            Prompt(
                user_id=alice.id, seq=known.seq + n, session_id="s1", at_us=known.at_us + n, number=n, by_person=True
            )
            for n in range(1, MAX_TURNS + 1)
        ]
        Prompt.objects.bulk_create(rows, batch_size=500)
    found = project_cost(alice, REPO)
    assert (found["cost_usd"], found["changes_cost_usd"], found["other_cost_usd"]) == (2.5, None, None)
