"""Facts that recur, from tables of observations and prompts."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from memory.rules import shell_commands
from memory.rules.facts import Fact, find_corrections, find_file_pairs


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


def read(found: Iterable[Fact]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(one.type, one.text, one.seqs) for one in found]


def test_files_change_together_in_three_sessions() -> None:
    def edits(session: str, *files: str) -> list[Seen]:
        return [Seen(int(session[1:]), "edit", f"Edited {file}", session, files_modified=file) for file in files]

    twice = [*edits("s2", "b.py", "a.py"), *edits("s1", "a.py", "b.py", "c.py"), *edits("s4", "a.py")]
    assert read(find_file_pairs(twice)) == []
    thrice = [*edits("s3", "a.py", "b.py"), *twice]
    assert read(find_file_pairs(thrice)) == [("together", "a.py and b.py", (3, 2, 1))]
    wide = [f"{number}.py" for number in range(13)]
    assert read(find_file_pairs([one for session in ("s1", "s2", "s3") for one in edits(session, *wide)])) == []


def test_a_correction_counts_when_it_is_made_twice() -> None:
    once = Said(1, "Never use floats for money, always Decimal.")
    assert read(find_corrections((once, Said(2, "Make it blue."), Said(3, "Make it blue.")))) == []
    assert read(find_corrections((once, Said(2, "never use floats for money; always Decimal")))) == [
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
    ("command", "telling"),
    [
        ("ls -la", ""),
        ("cd /a && ls; git status", ""),
        ("cd /a && npm run build | tail -5", "npm run build | tail -5"),
        ("sleep 30 && tail -f build.log", ""),
        ("X=1 pytest -q", "X=1 pytest -q"),
        ("grep -n 'a && make' b", ""),
        ('echo "a; make"', ""),
        ("for f in a b; do make $f; done", "for f in a b; do make $f; done"),
        ("ls; do done", ""),
        ("/usr/bin/env", ""),
        ("# a comment", ""),
        ("", ""),
    ],
)
def test_the_part_that_does_more_than_look_around(command: str, telling: str) -> None:
    assert shell_commands.find_main_part(command) == telling


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("npm test", "Tests"),
        ("npm run build:css", "Build"),
        ("./gradlew assembleDebug", "Build"),
        ("npx tsc --noEmit", "Linter"),
        ("docker compose up -d", "Server"),
        ("git add -A", ""),
        ("id 2>/dev/null", ""),
    ],
)
def test_what_a_command_is_for(command: str, role: str) -> None:
    assert shell_commands.find_role(command) == role


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
