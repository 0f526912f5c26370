"""Commits in a folder with more commits than a page reads at first: each still holds its own changes."""

from typing import Any

import pytest

from memory.file_history.commit_changes import find_start
from memory.file_history.held_changes import FIRST_ACTS, HeldAct
from memory.rules.changes.git_acts import AMEND, COMMIT
from tests.memory.file_history.edits import PROJECT, command, cost, prompt, write
from tests.people import Person

MANY = FIRST_ACTS + 30


def commit(number: int, second: float, line: str = "git commit -m x", **over: Any) -> dict[str, Any]:
    return command(line, second, f"[main {name(number)}] Commit {number}", **over)


def name(number: int) -> str:
    return f"{0xABC0000 + number:07x}"


def count_files(person: Person) -> dict[str, int]:
    """The number of files of each commit, by its hash: page by page."""
    found: dict[str, int] = {}
    cursor = None
    while True:
        page = person.http.get("/api/commits", params={"cursor": cursor} if cursor else {}).json()
        found |= {one["hash"]: one["files"] for one in page["commits"]}
        if (cursor := page["next_cursor"]) is None:
            return found


@pytest.mark.parametrize("line", ["git commit -m x", "git commit -am x"])
def test_every_commit_of_many_holds_its_change(alice: Person, line: str) -> None:
    events = [prompt("Go", 0), cost("m0", 1)]
    for number in range(MANY):
        events += [write(f"{PROJECT}/{number}.py", number + 2, "x\n"), commit(number, number + 2.5, line)]
    alice.push(*events[:400])
    alice.push(*events[400:])
    assert count_files(alice) == {name(number): 1 for number in range(MANY)}


def test_an_old_change_waits_for_the_first_commit_that_may_hold_it(alice: Person) -> None:
    """None of the many commits between names it, though each is read."""
    events = [prompt("Go", 0), write(f"{PROJECT}/old.py", 1, "x\n", session="s2")]
    events += [commit(number, number + 2) for number in range(MANY)]
    alice.push(*events)
    alice.push(commit(MANY, MANY + 2, "git commit -am x"), commit(MANY + 1, MANY + 3, "git commit -am x"))
    found = alice.http.get(f"/api/commits/{name(MANY)}").json()
    assert [one["path"] for one in found["files"]] == ["old.py"]
    assert alice.http.get(f"/api/commits/{name(MANY + 1)}").json()["files"] == []


def test_a_commit_that_is_amended_after_the_page_holds_nothing(alice: Person) -> None:
    alice.push(
        prompt("Go", 0),
        write(f"{PROJECT}/a.py", 1, "x\n"),
        commit(1, 2, "git commit -am x"),
        *(commit(number, number + 3, "git commit -am x", session="s2") for number in range(2, 60)),
        commit(60, 90, "git commit --amend --no-edit"),
    )
    first = alice.http.get("/api/commits", params={"limit": 50}).json()
    assert {one["hash"]: one["files"] for one in first["commits"]}[name(60)] == 1
    rest = alice.http.get("/api/commits", params={"limit": 50, "cursor": first["next_cursor"]}).json()
    assert {one["hash"]: one["files"] for one in rest["commits"]}[name(1)] == 0


def test_a_start_is_final_if_no_earlier_act_matters() -> None:
    def act(at: int, kind: str = COMMIT, paths: str = "") -> HeldAct:
        return HeldAct(at, 0, "s1", at, kind, "main", paths, "/p")

    assert find_start([act(5, paths="."), act(9)], {(9, 0)}) == (5, True)
    assert find_start([act(5), act(9)], {(9, 0)}).is_final is False
    assert find_start([act(3, paths="."), act(5), act(9, AMEND)], {(9, 0)}) == (3, True)
    assert find_start([act(5, paths="."), act(9)], {(3, 0), (9, 0)}).is_final is False
    # What it replaced may be among the acts that were not read.
    assert find_start([act(5, paths=".")._replace(session_id="s2"), act(9, AMEND)], {(9, 0)}).is_final is False


def test_a_commit_long_before_the_others_of_its_session_holds_its_change(alice: Person) -> None:
    """Commits of all files, by another session, stand between the two."""
    events = [prompt("Go", 0), write(f"{PROJECT}/old.py", 1, "x\n"), commit(0, 2, "git commit -am x")]
    for number in range(1, MANY):
        events.append(commit(number, number + 2, "git commit -am x", session="s2"))
    events += [write(f"{PROJECT}/new.py", MANY + 2, "x\n"), commit(MANY, MANY + 3, "git commit -am x")]
    alice.push(*events)
    page = alice.http.get("/api/commits", params={"session": "s1"}).json()
    assert {one["hash"]: one["files"] for one in page["commits"]} == {name(MANY): 1, name(0): 1}
