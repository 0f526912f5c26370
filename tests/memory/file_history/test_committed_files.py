"""What the output of a commit names: moves that no command named, and files that no edit made."""

from typing import Any

import pytest

from memory.rules.changes.commit_summary import SummaryLine, read_summary
from tests.memory.file_history.edits import PROJECT, REPO, command, edit, placed, prompt, write
from tests.memory.file_history.test_commits import paths, shown
from tests.memory.file_history.test_history import causes, files, history
from tests.people import Person

MILL = f"{PROJECT}/engine/mill.py"


def committed(second: float, summary: str, line: str = "git commit -am x", **over: Any) -> dict[str, Any]:
    return command(line, second, f"[main 1f3870b] Work\n 2 files changed, 1 insertion(+)\n{summary}", **over)


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (" create mode 100644 a/b c.py", "", "a/b c.py"),
        (" delete mode 100755 a.sh", "a.sh", ""),
        (" rename a/{x => y}/f.py (97%)", "a/x/f.py", "a/y/f.py"),
        (" rename {old => new}/f.py (100%)", "old/f.py", "new/f.py"),
        (" rename a/{ => sub}/f.py (100%)", "a/f.py", "a/sub/f.py"),
        (" rename a/{sub => }/f.py (100%)", "a/sub/f.py", "a/f.py"),
        (" rename f.py => g.py (51%)", "f.py", "g.py"),
        (" rename a/{f.py => g.py} (51%)", "a/f.py", "a/g.py"),
        (' rename "\\303\\244.txt" => "a\\"b.txt" (90%)', "ä.txt", 'a"b.txt'),
        (" copy a.py => b.py (100%)", "", "b.py"),
    ],
)
def test_the_lines_below_a_commit_are_read(line: str, old: str, new: str) -> None:
    assert read_summary([" 1 file changed", line, " mode change 100644 => 100755 x", "create mode 1 y"]) == [
        SummaryLine(old, new)
    ]


def test_a_history_goes_on_before_a_move_that_only_a_commit_tells(alice: Person) -> None:
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\n"),
        prompt("Commit what I moved", 10, session="s2"),
        committed(11, " rename engine/{mill.py => grinder.py} (97%)\n", session="s2"),
        edit(f"{PROJECT}/engine/grinder.py", 12, ["+b"], session="s2"),
    )
    changes = causes(alice, "engine/grinder.py")
    assert changes == [("edit", "Commit what I moved"), ("move", "Commit what I moved"), ("create", "Build")]
    assert history(alice, "engine/grinder.py")["earlier_paths"] == ["engine/mill.py"]


@pytest.mark.parametrize(
    ("line", "moves"),
    [("git mv engine/mill.py lib/mill.py", ["move"]), ("bash -c 'mv engine lib'", [])],  # a folder has its own history
)
def test_what_a_command_told_is_not_told_again_by_the_commit(alice: Person, line: str, moves: list[str]) -> None:
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\n"),
        write(f"{PROJECT}/old.py", 1.5, "b\n"),
        command(f"{line} && git rm old.py", 2),
        committed(3, " rename {engine => lib}/mill.py (100%)\n delete mode 100644 old.py\n"),
    )
    assert [kind for kind, _ in causes(alice, "lib/mill.py")] == [*moves, "create"]
    assert [kind for kind, _ in causes(alice, "old.py")] == ["delete", "create"]


def test_files_that_no_edit_made_are_told_as_committed_and_cost_nothing(alice: Person) -> None:
    made = ["create mode 100644 engine/mill.py", "create mode 100644 made.lock", "delete mode 100644 gone.py"]
    alice.push(
        prompt("Generate", 0),
        write(MILL, 1, "a\n"),
        committed(2, "".join(f" {one}\n" for one in made)),
    )
    assert [causes(alice, name) for name in ("engine/mill.py", "made.lock", "gone.py")] == [
        [("create", "Generate")],
        [("add", "Generate")],
        [("remove", "Generate")],
    ]
    assert paths(alice, "1f3870b") == ["engine/mill.py", "gone.py", "made.lock"]


@pytest.mark.parametrize(
    ("line", "name", "stored"),
    [
        ("cd vendor && git commit -am x", "vendor/a.py", "vendor/a.py"),  # the folder is part of the repository
        ("git init vendor && cd vendor && git commit -am x", "a.py", "vendor/a.py"),
        ("cd vendor && git commit -am x", "a.py", None),  # not known
        ("cd /home/ada/other && git commit -am x", "a.py", None),
        ("git merge topic", "a.py", None),
    ],
)
def test_paths_are_those_of_the_repository(alice: Person, line: str, name: str, stored: str | None) -> None:
    alice.push(prompt("Go", 0), committed(1, f" create mode 100644 {name}\n", line))
    assert files(alice) == ([stored] if stored else [])


def test_a_session_in_a_folder_of_the_repository(alice: Person) -> None:
    within = placed(project=f"{PROJECT}/lib", root=f"{PROJECT}/lib")
    summary = " create mode 100644 lib/a.py\n create mode 100644 other.py\n"
    alice.push(prompt("Go", 0, envelope=within), committed(1, summary, envelope=within, cwd=f"{PROJECT}/lib"))
    assert files(alice) == ["a.py"]


def test_a_repository_within_a_project_has_commits_of_its_own(alice: Person) -> None:
    inner = f"{PROJECT}/vendor/lib"
    alice.push(
        prompt("Build", 0),
        write(MILL, 1, "a\n"),
        write(f"{inner}/a.py", 2, "b\n"),
        command("git clone https://x.org/lib.git vendor/lib", 2.5),
        command("cd vendor/lib && git add -A && git commit -m x", 3, "[main aaaaaa1] x"),
        write(f"{inner}/b.py", 4, "c\n"),
        command("git commit -am x", 5, "[main aaaaaa2] x"),
        command("git -C vendor/lib commit -am x", 6, "[main aaaaaa3] x"),
    )
    assert [paths(alice, f"aaaaaa{n}") for n in (1, 2, 3)] == [
        ["vendor/lib/a.py"],
        ["engine/mill.py"],
        ["vendor/lib/b.py"],
    ]
    assert shown(alice, "aaaaaa1")["replaced_by"] == ""
    assert files(alice, project=REPO)[0] == "vendor/lib/b.py"
