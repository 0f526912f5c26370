"""The files that the commands before a commit name, also in a repository within a project."""

import pytest

from tests.memory.file_history.edits import PROJECT, REPO, command, placed
from tests.memory.rules.test_git_acts import MADE, told


@pytest.mark.parametrize(
    ("before", "line", "paths"),
    [
        ("", "git commit -m x", ""),
        ("", "git add a.py lib/ && git commit -m x", "a.py\nlib"),
        ("git add a.py", "git commit -m x", "a.py"),
        ("git add a.py; git reset", "git commit -m x", ""),
        ("cd lib && git add b.py", "git commit -m x", "lib/b.py"),
        ("git -C lib rm b.py", "git commit -m x", "lib/b.py"),
        ("git add a.py", "git commit -am x", "."),
        ("", f"git add {PROJECT} && git commit -m x", "."),
        ("", "git add -A && git commit -m x", "."),
        ("", "git add '*.py' && git commit -m x", "."),
        ("", "git commit -m x -- a.py 'b c.py'", "a.py\nb c.py"),
        ("", "(cd lib && make) && git add b.py && git commit -m x", "b.py"),
        ("", "cd lib && git add -A && git commit -m x", "lib"),
        ("", "cd lib && git commit -m x", "lib"),
        ("git add a.py", "cd lib && git commit -m x", "a.py"),
        ("", "cd lib && git -C .. add -A && git -C .. commit -m x", "."),
        ("git init lib; git add a.py", "cd lib/c && git add -A && git commit -m x", "lib"),
        ("git clone git@github.com:ada/lib.git", "git -C lib commit -am x", "lib"),
        ("git submodule add https://x.org/lib.git deps/lib", "git commit -am x", ".\n:!deps/lib"),
        ("git init lib", "git commit -m x", ":!lib"),
        ("", "cd /home/ada/other && git add -A && git commit -m x", "/home/ada/other"),
        ("", "git -C ../other commit -am x", "/home/ada/other"),
        ("", "cd .. && git add -A && git commit -m x", "."),
        ("", "git commit -Fa.txt", ""),
    ],
)
def test_the_files_that_a_commit_names(before: str, line: str, paths: str) -> None:
    found = told(*([command(before, 1)] if before else []), command(line, 2, MADE), names=("paths",))
    assert found == [(paths,)]


def test_a_folder_is_a_repository_of_its_own_if_its_events_have_another_one() -> None:
    line, lib = "git add -A && git commit -m x", f"{PROJECT}/lib"
    start = command("ls", 1)
    for repo, paths in ((REPO, "."), ("github.com/ada/lib", "lib")):
        within = command(line, 2, MADE, envelope=placed(project=lib, repo=repo), cwd=lib)
        assert told(start, within, names=("paths",)) == [(paths,)]
        # The host reports the folder in which the command left the shell.
        left = command(f"cd lib && {line}", 2, MADE, envelope=placed(project=lib, repo=repo), cwd=lib)
        assert told(start, left, names=("paths",)) == [(paths,)]


def test_a_folder_is_part_of_the_repository_if_git_names_its_files_with_it() -> None:
    made = f"{MADE} create mode 100644 lib/a.py\n"
    assert told(command("cd lib && git commit -am x", 1, made), names=("paths",)) == [(".",)]
