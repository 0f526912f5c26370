"""`/api/files` and `/api/files/history`: which prompts changed a file, and what that cost."""

from typing import Any

import pytest

from memory.deletion import session_deletion
from memory.projection import projector
from memory.rules.changes.edited_lines import hash_line
from tests.memory.file_history.edits import PROJECT, REPO, command, cost, edit, placed, prompt, write
from tests.memory.make import event
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import People, Person

MILL = f"{PROJECT}/engine/mill.py"


def history(person: Person, path: str, **query: Any) -> dict[str, Any]:
    answer = person.http.get("/api/files/history", params={"path": path, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def causes(person: Person, path: str, **query: Any) -> list[tuple[str, str]]:
    return [(one["kind"], one["prompt"]) for one in history(person, path, **query)["changes"]]


def listed(person: Person, **query: Any) -> list[dict[str, Any]]:
    return list(person.http.get("/api/files", params=query).json()["files"])


def files(person: Person, **query: Any) -> list[str]:
    return [one["path"] for one in listed(person, **query)]


def test_a_change_has_its_prompt_its_session_and_its_part_of_the_cost(alice: Person) -> None:
    alice.push(
        prompt("Build the mill", 0),
        event("message_display", 1, delta="I write the mill first.", envelope=placed()),
        write(MILL, 2, "def turn():\n    return 41\n"),
        write(f"{PROJECT}/README.md", 3, "# Engine\n"),
        cost("m1", 4),
        prompt("It should be 42", 10),
        edit(MILL, 11, [" def turn():", "-    return 41", "+    return 42"]),
        cost("m2", 12, output_tokens=4),
        cost("m3", 13, model="unknown-model"),
    )
    changed = history(alice, "engine/mill.py", lines="1")["changes"]
    assert [(one["kind"], one["prompt"], one["added"], one["removed"]) for one in changed] == [
        ("edit", "It should be 42", 1, 1),
        ("create", "Build the mill", 2, 0),
    ]
    assert [(one["session_id"], one["session_title"], one["repo"]) for one in changed] == [
        ("s1", "Build the mill", REPO)
    ] * 2
    assert [one["preamble"] for one in changed] == ["", "I write the mill first."]
    assert [one["hunks"] for one in changed] == [
        [[" def turn():", "+    return 42"]],
        [["+def turn():", "+    return 41"]],
    ]
    # Three lines were added in the first turn, two of them to this file.
    assert [(one["turn_cost_usd"], one["cost_usd"]) for one in changed] == [(0.0001, 0.0001), (2.5, 1.666666)]
    readme = history(alice, "README.md")["changes"]
    assert changed[1]["cost_usd"] + readme[0]["cost_usd"] == 2.5


def test_the_costs_of_files_add_up_to_those_of_their_turns(alice: Person) -> None:
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\nb\n"),
        write(f"{PROJECT}/README.md", 2, "c\n"),
        cost("m1", 3, output_tokens=33_333),
        prompt("Again, as another session", 4, session="s2"),
        edit(MILL, 5, ["-a", "+b"], session="s2"),
        command("git commit -am x", 5.5, "[main 1f3870b] x\n create mode 100644 a.lock\n", session="s2"),
        cost("m2", 6, session="s2"),
        prompt("Only talk", 7),
        cost("m3", 8),
    )
    found = {one["path"]: (one["cost_usd"], one["turns_cost_usd"]) for one in listed(alice)}
    assert found == {"engine/mill.py": (3.05555, 3.333325), "README.md": (0.277775, 0.833325), "a.lock": (0.0, 2.5)}
    assert round(sum(share for share, _ in found.values()), 6) == 3.333325
    assert [(one["cost_usd"], one["path"]) for one in listed(alice, q="README")] == [(0.277775, "README.md")]


def test_a_file_without_a_price_has_no_cost(alice: Person) -> None:
    alice.push(prompt("Build", 0), write(MILL, 1, "a\n"), cost("m1", 2, model="unknown-model"))
    assert [(one["cost_usd"], one["turns_cost_usd"]) for one in listed(alice)] == [(None, None)]


def test_files_are_listed_by_their_latest_change(alice: Person) -> None:
    alice.push(
        prompt("Go", 0),
        *(write(f"{PROJECT}/{name}", at, "x = 1\n") for at, name in enumerate(("a.py", "b.py", "lib/c.py"), start=1)),
        edit(f"{PROJECT}/a.py", 9, ["-x = 1", "+x = 2"], session="s2"),
        write("/home/ada/other/a.py", 10, "y = 1\n", envelope=placed(root="/home/ada/other", repo=""), session="s3"),
    )
    assert files(alice) == ["a.py", "a.py", "lib/c.py", "b.py"]
    assert files(alice, project=REPO) == ["a.py", "lib/c.py", "b.py"]
    assert files(alice, project="/home/ada/other") == ["a.py"]
    assert files(alice, q="C.PY") == ["lib/c.py"]
    first = alice.http.get("/api/files", params={"limit": 2}).json()
    assert files(alice, limit=2, cursor=first["next_cursor"]) == ["lib/c.py", "b.py"]
    assert {name: first["files"][1][name] for name in ("changes", "sessions", "added", "removed", "kind")} == {
        "changes": 2,
        "sessions": 2,
        "added": 2,
        "removed": 1,
        "kind": "edit",
    }


def test_a_file_that_changed_on_an_earlier_page_is_not_listed_again(alice: Person) -> None:
    changed = ["a.py", "b.py", "c.py", "a.py", "b.py", "d.py"]
    alice.push(prompt("Go", 0), *(write(f"{PROJECT}/{name}", at, "x\n") for at, name in enumerate(changed, start=1)))
    found, cursor = [], None
    while True:
        page = alice.http.get("/api/files", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        found += [one["path"] for one in page["files"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == ["d.py", "b.py", "a.py", "c.py"]


def test_the_pages_of_a_history(alice: Person) -> None:
    alice.push(prompt("Go", 0), *(edit(MILL, at, [f"+line {at}"]) for at in range(1, 6)))
    first = history(alice, "engine/mill.py", limit=3)
    rest = history(alice, "engine/mill.py", limit=3, cursor=first["next_cursor"])
    ids = [one["id"] for one in first["changes"] + rest["changes"]]
    assert (ids, rest["next_cursor"]) == (sorted(ids, reverse=True), None)
    assert len(ids) == 5


@pytest.mark.parametrize(
    "line",
    [
        "git mv engine/mill.py lib/grinder.py",
        "cd engine && git mv -f mill.py ../lib/grinder.py; ls",
        "mv 'engine/mill.py' \"lib/grinder.py\" 2>/dev/null",
        "git mv engine old\nmv old/mill.py lib/grinder.py",
    ],
)
def test_the_history_goes_on_before_a_move(alice: Person, line: str) -> None:
    alice.push(
        prompt("Build it", 0),
        write(MILL, 1, "x = 1\n"),
        prompt("Rename it", 2),
        command(line, 3),
        prompt("Change it", 4),
        edit(f"{PROJECT}/lib/grinder.py", 5, ["-x = 1", "+x = 2"]),
        prompt("Another one", 6),
        write(MILL, 7, "y = 1\n"),
    )
    assert causes(alice, "lib/grinder.py") == [
        ("edit", "Change it"),
        ("move", "Rename it"),
        ("create", "Build it"),
    ]
    assert history(alice, "lib/grinder.py")["earlier_paths"][-1] == "engine/mill.py"


def test_moves_into_a_folder_and_deletions(alice: Person) -> None:
    alice.push(
        prompt("Tidy up", 0),
        command("mv a.py b.py lib/", 1),
        command("git mv c.py lib && git rm -q old.py", 2),
        command("mv $NAME x.py; mv *.txt lib/; mv one; git mv 'unclosed x", 3),
        command("mv /tmp/a.py /tmp/b.py", 4),
        command("mv z.py y.py", 5, tool_response={"interrupted": True}),
    )
    assert sorted(files(alice)) == ["lib/a.py", "lib/b.py", "lib/c.py", "old.py"]
    assert causes(alice, "old.py") == [("delete", "Tidy up")]


def test_worktrees_and_folders_of_a_repository_share_the_history(alice: Person) -> None:
    worktree = f"{PROJECT}/.claude/worktrees/agent-1"
    alice.push(
        prompt("In a worktree", 0),
        edit(f"{worktree}/engine/mill.py", 1, ["+x = 1"], envelope=placed(project=worktree, root=worktree)),
        prompt("In a folder", 2, session="s2", envelope=placed(root=f"{PROJECT}/engine")),
        edit(MILL, 3, ["+x = 2"], session="s2", envelope=placed(root=f"{PROJECT}/engine")),
        prompt("Elsewhere", 4, session="s3", envelope=placed(root="/home/ada/tools", repo="")),
        edit("/home/ada/tools/mill.py", 5, ["+x = 3"], session="s3", envelope=placed(root="/home/ada/tools", repo="")),
    )
    assert causes(alice, "engine/mill.py", project=REPO) == [("edit", "In a worktree")]
    assert causes(alice, "engine/mill.py", in_repository="1") == [("edit", "In a folder"), ("edit", "In a worktree")]


def test_files_of_one_relative_path_in_two_repositories_are_two(alice: Person) -> None:
    tools = "/home/ada/tools"
    elsewhere: dict[str, Any] = {"cwd": tools, "envelope": placed(project=tools, repo="github.com/ada/tools")}
    alice.push(
        prompt("Both", 0),
        edit(MILL, 1, ["+x"]),
        edit(f"{tools}/engine/mill.py", 2, ["+x"], **elsewhere),
        edit(MILL, 3, ["+y"], **elsewhere),
        edit("/tmp/engine/mill.py", 4, ["+z"], cwd="/tmp", envelope=placed(project="/tmp", repo="")),
    )
    assert [(one["repo"], one["path"], one["changes"]) for one in listed(alice)] == [
        (REPO, "/tmp/engine/mill.py", 1),
        (REPO, "engine/mill.py", 2),
        ("github.com/ada/tools", "engine/mill.py", 1),
    ]


def test_a_path_too_long_for_an_index_has_a_history(alice: Person) -> None:
    folder = f"{PROJECT}/{'deep/' * 120}"
    alice.push(
        prompt("Deep", 0),
        edit(f"{folder}mill.py", 1, ["+x"]),
        edit(f"{folder}x/mill.py", 2, ["+x"]),
        edit(f"/{'y' * 600}.py", 3, ["+x"]),
        edit(f"{folder}mill.py", 4, ["+y"]),
    )
    latest, absolute, other = files(alice)
    assert latest != other.replace("x/mill.py", "mill.py")
    assert [len(causes(alice, path)) for path in (latest, absolute, other)] == [2, 1, 1]
    assert absolute.startswith("/")
    assert max(map(len, (latest, absolute, other))) <= 500


def test_it_is_asked_by_hashes_of_lines(alice: Person) -> None:
    alice.push(
        prompt("One", 0),
        edit(MILL, 1, ["+    total = 'a',"]),
        prompt("Two", 2),
        edit(MILL, 3, ["+    rest = 2"]),
    )
    asked = ",".join((hash_line('total="a"'), "0" * 10))
    assert causes(alice, "engine/mill.py", hashes=asked) == [("edit", "One")]
    assert causes(alice, "engine/mill.py", hashes="0" * 10) == []
    until = history(alice, "engine/mill.py")["changes"][0]
    assert causes(alice, "engine/mill.py", until=str(2 * 10**15)) == [("edit", "Two"), ("edit", "One")], until
    for bad in ("x" * 10, "00", ",".join(["0" * 10] * 301)):
        assert alice.http.get("/api/files/history", params={"path": "a", "hashes": bad}).status_code == 400
    assert alice.http.get("/api/files/history", params={"path": "a", "until": "now"}).status_code == 400


def test_what_was_no_change_is_none(alice: Person) -> None:
    denied = edit(MILL, 2, ["+x = 1"])
    denied["kind"]["data"]["hook"] = "post_tool_failure"
    twice = edit(MILL, 5, ["+x = 1"])
    alice.push(
        prompt("Go", 0),
        event("pre_tool_use", 1, tool_name="Edit", tool_use_id="t", tool_input={"file_path": MILL}),
        denied,
        edit("", 4, ["+x"]),
        twice,
        {**twice, "id": "9f6f0f43-6a43-4dd5-9bb1-0f1bb34f2fd6"},
    )
    assert causes(alice, "engine/mill.py") == [("edit", "Go")]
    assert files(alice) == ["engine/mill.py"]


def test_the_report_of_a_task_is_not_the_cause(alice: Person) -> None:
    report = "<task-notification>\n<task-id>1</task-id>\n</task-notification>"
    alice.push(prompt("Go", 0), prompt(report, 1), edit(MILL, 2, ["+x = 1"]))
    assert causes(alice, "engine/mill.py") == [("edit", "Go")]


def test_a_change_without_a_prompt_has_none(alice: Person) -> None:
    alice.push(edit(MILL, 2, ["+x = 1"]))
    changed = history(alice, "engine/mill.py")["changes"][0]
    assert (changed["prompt"], changed["prompt_id"], changed["cost_usd"]) == ("", None, None)


def test_changes_are_rebuilt_alike_and_go_with_their_session(alice: Person, people: People) -> None:
    events = [prompt("Go", 0), write(MILL, 1, "a\nb\n"), command("git mv engine/mill.py m.py", 2), cost("m1", 3)]
    alice.push(*events)
    projector.catch_up(alice.id)
    before = derived_rows(alice.id)
    assert len(before["FileChange"]) == 2
    assert derive_afresh(alice.id) == before
    bob = people()
    bob.push(*reversed(events))
    assert causes(bob, "m.py") == causes(alice, "m.py")
    session_deletion.delete_session(alice.id, "s1")
    assert files(alice) == []
    assert files(bob) == ["m.py", "engine/mill.py"]


def test_spellings_of_a_folder_of_windows_have_one_history(alice: Person) -> None:
    folder = "C:\\Users\\ada\\engine"
    spelled = placed(project=folder, root=folder, repo="")
    alice.push(
        prompt("Go", 0, envelope=spelled),
        edit("c:\\users\\ada\\engine\\src\\mill.py", 1, ["+x = 1"], envelope=spelled, cwd=folder),
        edit(f"{folder}\\src\\mill.py", 2, ["+x = 2"], envelope=spelled, cwd=folder),
    )
    assert causes(alice, "src/mill.py", project="/mnt/c/Users/ada/engine") == [("edit", "Go")] * 2


def test_edits_without_a_patch(alice: Person) -> None:
    notebook = f"{PROJECT}/a.ipynb"
    many = {"edits": [{"old_string": "a\nb", "new_string": "a\nc\nd"}, {"old_string": "x", "new_string": ""}]}
    alice.push(
        prompt("Go", 0),
        edit(MILL, 1, [], tool="MultiEdit", tool_input={"file_path": MILL, **many}, tool_response="done"),
        edit("", 2, [], tool="NotebookEdit", tool_input={"notebook_path": notebook, "new_source": "y = 1\nz = 2"}),
        edit(f"{PROJECT}/{'x/' * 3_000}", 3, ["+x = 1"]),
    )
    changed = history(alice, "engine/mill.py", lines="1")["changes"][0]
    assert (changed["added"], changed["removed"], changed["hunks"]) == (2, 2, [["+c", "+d"]])
    assert history(alice, "a.ipynb")["changes"][0]["added"] == 2
    assert files(alice) == ["a.ipynb", "engine/mill.py"]
