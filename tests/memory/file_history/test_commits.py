"""`/api/commits`: the commits of sessions, the changes that each holds, and what that cost."""

from typing import Any

import pytest

from memory.deletion import session_deletion
from memory.preferences import preference_changes
from memory.projection import projector
from tests.memory.file_history.edits import PROJECT, REPO, command, cost, edit, placed, prompt, write
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import People, Person

MILL, README = f"{PROJECT}/engine/mill.py", f"{PROJECT}/README.md"
REQUEST = "https://github.com/ada/engine/pull/7"


def commit(second: float, name: str, line: str = "git commit -m x", **over: Any) -> dict[str, Any]:
    return command(line, second, f"[main {name}] Commit {name}\n 1 file changed", **over)


def shown(person: Person, name: str) -> dict[str, Any]:
    answer = person.http.get(f"/api/commits/{name}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def listed(person: Person, **query: Any) -> list[dict[str, Any]]:
    answer = person.http.get("/api/commits", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["commits"])


def paths(person: Person, name: str) -> list[str]:
    return sorted(one["path"] for one in shown(person, name)["files"])


def test_a_commit_has_its_sessions_its_files_its_prompts_and_their_cost(alice: Person) -> None:
    alice.push(
        prompt("Build the mill", 0),
        write(MILL, 1, "a\nb\n"),
        cost("m1", 2),
        prompt("Describe it", 10),
        write(README, 11, "# Engine\n"),
        edit(MILL, 12, ["-a", "+c"]),
        cost("m2", 13),
        commit(14, "1f3870b"),
        command("gh pr create", 15, REQUEST),
        prompt("Push", 20, session="s2"),
        command("git push", 21, "To github.com:ada/engine\n   0000000..1f3870be27  main -> main", session="s2"),
    )
    found = shown(alice, "1f3870b")
    assert (found["hash"], found["subject"], found["requests"]) == ("1f3870be27", "Commit 1f3870b", [REQUEST])
    assert [(one["kind"], one["session_id"], one["session_title"]) for one in found["acts"]] == [
        ("push", "s2", "Push"),
        ("commit", "s1", "Build the mill"),
    ]
    assert {one["path"]: (one["added"], one["removed"]) for one in found["files"]} == {
        "engine/mill.py": (3, 1),
        "README.md": (1, 0),
    }
    assert [(one["prompt"], one["cost_usd"]) for one in found["prompts"]] == [
        ("Build the mill", 2.5),
        ("Describe it", 2.5),
    ]
    assert (found["cost_usd"], found["turns_cost_usd"]) == (5.0, 5.0)
    assert sum(one["cost_usd"] for one in found["files"]) == 5.0


def test_the_cost_of_commits_adds_up_to_that_of_their_turns(alice: Person) -> None:
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\nb\n"),
        write(README, 2, "# Engine\n"),
        write(f"{PROJECT}/later.py", 3, "c\n"),
        cost("m1", 4, output_tokens=33_333),
        commit(5, "aaaaaa1", "git add README.md && git commit -m x"),
        commit(6, "aaaaaa2", "git add engine && git commit -m x"),
        commit(7, "aaaaaa3", "git commit -am x"),
        commit(8, "aaaaaa4", "git cherry-pick aaaaaa3"),
    )
    assert [paths(alice, f"aaaaaa{n}") for n in (1, 2, 3, 4)] == [["README.md"], ["engine/mill.py"], ["later.py"], []]
    costs = [one["cost_usd"] for one in listed(alice)]
    assert costs[0] is None  # the cherry-pick
    assert round(sum(costs[1:]), 6) == 0.833325
    together = alice.http.get("/api/commits", params={"branch": "main"}).json()
    assert (together["cost_usd"], together["turns_cost_usd"]) == (0.833325, 0.833325)
    assert all(one["turns_cost_usd"] == 0.833325 for one in listed(alice)[1:])


def test_an_amended_commit_takes_over_what_it_replaces(alice: Person) -> None:
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\n"),
        commit(2, "aaaaaa1"),
        write(README, 3, "b\n"),
        commit(4, "aaaaaa2", "git commit --amend --no-edit"),
    )
    assert (paths(alice, "aaaaaa1"), shown(alice, "aaaaaa1")["replaced_by"]) == ([], "aaaaaa2")
    assert (paths(alice, "aaaaaa2"), shown(alice, "aaaaaa2")["replaced_by"]) == (["README.md", "engine/mill.py"], "")


def test_an_amended_commit_replaces_none_of_another_branch(alice: Person) -> None:
    alice.push(
        prompt("Build", 0),
        commit(1, "aaaaaa1"),
        write(MILL, 2, "a\n"),
        command("git commit -m x", 3, "[topic aaaaaa2] x"),
        commit(4, "aaaaaa3", "git checkout main && git commit --amend --no-edit"),
    )
    assert [shown(alice, f"aaaaaa{n}")["replaced_by"] for n in (1, 2, 3)] == ["aaaaaa3", "", ""]
    assert (paths(alice, "aaaaaa2"), paths(alice, "aaaaaa3")) == (["engine/mill.py"], [])


@pytest.mark.parametrize(("line", "is_held"), [("git commit -am x", True), ("git commit -m x", False)])
def test_a_commit_takes_along_the_work_of_another_session(alice: Person, line: str, is_held: bool) -> None:
    """If it says that it takes all files, or names them."""
    elsewhere = {"session": "s3", "envelope": placed(root="/home/ada/other", repo="")}
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\n"),
        write("/home/ada/other/x.py", 1, "a\n", **elsewhere),
        write("/tmp/notes.txt", 1, "a\n"),
        commit(2, "aaaaaa1", line, session="s2"),
        commit(3, "aaaaaa2"),
    )
    assert paths(alice, "aaaaaa1") == (["engine/mill.py"] if is_held else [])
    assert paths(alice, "aaaaaa2") == ([] if is_held else ["engine/mill.py"])


def test_a_forgotten_prompt_is_not_told_with_a_commit_or_a_file(alice: Person) -> None:
    alice.push(prompt("Use the hidden word", 0), write(MILL, 1, "a\n"), commit(2, "aaaaaa1"))
    (told,) = shown(alice, "aaaaaa1")["prompts"]
    assert told["prompt"] == "Use the hidden word"
    preference_changes.annotate_entry(alice.id, told["prompt_id"], forgotten=True)
    (forgotten,) = shown(alice, "aaaaaa1")["prompts"]
    history = alice.http.get("/api/files/history", params={"path": "engine/mill.py", "project": REPO}).json()
    assert (forgotten["prompt"], history["changes"][0]["prompt"]) == ("", "")
    titles = [one["session_title"] for one in (*history["changes"], *listed(alice), *shown(alice, "aaaaaa1")["acts"])]
    assert titles == ["", "", ""]


def test_changes_without_a_prompt_stay_with_their_session(alice: Person) -> None:
    alice.push(write(MILL, 1, "a\n", session="s1"), write(README, 2, "b\n", session="s2"))
    alice.push(commit(3, "aaaaaa1", "git commit -am x", session="s1"))
    found = [(one["prompt_id"], one["session_id"]) for one in shown(alice, "aaaaaa1")["prompts"]]
    assert found == [(None, "s1"), (None, "s2")]


def test_a_commit_in_another_repository_holds_no_change_of_this_one(alice: Person) -> None:
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\n"),
        commit(2, "aaaaaa1", "cd /home/ada/other && git commit -m x"),
        commit(3, "aaaaaa2", "git -C /home/ada/other add -A && git -C /home/ada/other commit -m x"),
        commit(4, "aaaaaa3"),
    )
    assert [paths(alice, f"aaaaaa{n}") for n in (1, 2, 3)] == [[], [], ["engine/mill.py"]]


def test_commits_are_found_by_any_length_of_their_hash(alice: Person, bob: Person) -> None:
    whole = "1f3870be274f6c49b3e31a0c6728957f11111111"
    alice.push(prompt("Go", 0), write(MILL, 1, "a\n"), commit(2, "1f3870be2"))
    for name in (whole[:7], whole[:9], whole[:12], whole, whole.upper()):
        assert shown(alice, name)["hash"] == "1f3870be2"
    for name in (whole[:6], "zzzzzzz", "1f3870c", "f" * 65):
        assert alice.http.get(f"/api/commits/{name}").status_code == 404
    assert bob.http.get(f"/api/commits/{whole}").status_code == 404
    assert listed(bob) == []


def test_commits_are_listed_by_project_and_by_session(alice: Person) -> None:
    other = placed(root="/home/ada/other", repo="")
    alice.push(
        prompt("Go", 0),
        commit(1, "aaaaaa1"),
        commit(2, "aaaaaa2", session="s2"),
        command("gh pr create", 3, REQUEST, session="s2"),
        commit(4, "aaaaaa3", session="s3", envelope=other),
    )

    def names(**query: Any) -> list[str]:
        return [one["hash"] or one["url"] for one in listed(alice, **query)]

    assert names() == ["aaaaaa3", REQUEST, "aaaaaa2", "aaaaaa1"]
    assert names(project=REPO) == [REQUEST, "aaaaaa2", "aaaaaa1"]
    assert names(session="s2") == [REQUEST, "aaaaaa2"]
    assert names(branch="main", project=REPO) == [REQUEST, "aaaaaa2", "aaaaaa1"]
    assert names(branch="topic") == []
    first = alice.http.get("/api/commits", params={"limit": 3}).json()
    assert names(limit=3, cursor=first["next_cursor"]) == ["aaaaaa1"]


def test_commits_are_rebuilt_alike_and_go_with_their_session(alice: Person, people: People) -> None:
    events = [
        prompt("Go", 0),
        write(MILL, 1, "a\nb\n"),
        command("git add -A", 2),
        command("git commit -qm x", 3),
        command("git rev-parse HEAD", 4, "1f3870be27"),
        command("gh pr create", 5, REQUEST),
    ]
    alice.push(*events)
    projector.catch_up(alice.id)
    before = derived_rows(alice.id)
    assert len(before["GitAct"]) == 2
    assert derive_afresh(alice.id) == before
    late = people()
    late.push(*reversed(events))
    assert [one["hash"] for one in listed(late)] == [one["hash"] for one in listed(alice)]
    assert paths(late, "1f3870be27") == ["engine/mill.py"]
    session_deletion.delete_session(alice.id, "s1")
    assert listed(alice) == []
