"""Facts that recur, from tables of observations and prompts."""

from dataclasses import dataclass

import pytest

from memory.rules import shell_commands
from memory.rules.facts import find_facts


@dataclass(frozen=True)
class Seen:
    seq: int
    type: str
    title: str
    session_id: str = "s1"
    files_modified: str = ""


@dataclass(frozen=True)
class Said:
    seq: int
    text: str


def found(seen: list[Seen], said: tuple[Said, ...] = ()) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(one.type, one.text, one.seqs) for one in find_facts(seen, said)]


def test_the_command_that_runs_the_tests_is_the_one_run_most() -> None:
    seen = [Seen(1, "command", "Ran `npm test`"), Seen(2, "command", "Ran `pytest -q`"), Seen(3, "command", "Ran `ls`")]
    assert found(seen) == []
    fixed = Seen(4, "fix", "`pytest -q` passes again")
    assert found([*seen, fixed]) == [("tests", "pytest -q", (2, 4))]


def test_a_fix_says_what_was_edited() -> None:
    title = "`make` passes again after editing a.c"
    assert found([Seen(1, "fix", title, files_modified="a.c")]) == [("fix", title, (1,))]
    assert found([Seen(1, "fix", "`make` passes again")]) == []


def test_files_change_together_in_three_sessions() -> None:
    def edits(session: str, *files: str) -> list[Seen]:
        return [Seen(int(session[1:]), "edit", f"Edited {file}", session, files_modified=file) for file in files]

    twice = [*edits("s1", "a.py", "b.py", "c.py"), *edits("s2", "b.py", "a.py"), *edits("s4", "a.py")]
    assert found(twice) == []
    assert found([*twice, *edits("s3", "a.py", "b.py")]) == [("together", "a.py and b.py", (1, 2, 3))]
    wide = [f"{number}.py" for number in range(13)]
    assert found([one for session in ("s1", "s2", "s3") for one in edits(session, *wide)]) == []


def test_a_correction_counts_when_it_is_made_twice() -> None:
    once = Said(1, "Never use floats for money, always Decimal.")
    assert found([], (once, Said(2, "Make it blue."), Said(3, "Make it blue."))) == []
    assert found([], (once, Said(2, "never use floats for money; always Decimal"))) == [
        ("correction", once.text, (1, 2))
    ]


@pytest.mark.parametrize(
    ("command", "essence"),
    [
        ("cd /home/ada/engine && npm test 2>&1 | tail -20", "npm test"),
        ("CI=1 FOO='x' timeout 60 pytest -q || true", "pytest -q"),
        ("cd a; cd b && make check", "make check"),
        ("pytest tests/a.py::test_b", "pytest tests/a.py::test_b"),
        ("git log --oneline | head -5 | cat", "git log --oneline"),
        ("ls | wc -l", "ls"),
        ("cat a | python -", "cat a | python -"),
        ("go test ./...;", "go test ./..."),
        ("a  &&\n b", "a && b"),
        ("", ""),
        ("cd /a", "cd /a"),
        ("x" * 5_000, "x" * 200),
    ],
)
def test_the_essence_of_a_command(command: str, essence: str) -> None:
    assert shell_commands.normalize_command(command) == essence


@pytest.mark.parametrize(
    "command", ["pytest", "python -m pytest -q", "npm run test:unit", "go test ./...", "./script/test"]
)
def test_it_runs_tests(command: str) -> None:
    assert shell_commands.runs_tests(command)


@pytest.mark.parametrize("command", ["ls tests", "git commit -m 'test'", "cat test.py", "npm install", "contest x"])
def test_it_runs_none(command: str) -> None:
    assert not shell_commands.runs_tests(command)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("Exit code 2\nls: cannot access 'x': No such file", "exit 2: ls: cannot access 'x': No such file"),
        ("Exit code 1\n.F\n==== FAILURES ====\n_____ test_a _____\nE   assert 1 == 2\n1 failed", "exit 1: 1 failed"),
        ("Exit code 1", "exit 1"),
        ("Exit code 3\n\nfine\nfine too", "exit 3: fine"),
        ("The album is read-only", "The album is read-only"),
        ("", "failed"),
    ],
)
def test_why_something_failed(error: str, why: str) -> None:
    assert shell_commands.extract_failure_reason(error) == why
