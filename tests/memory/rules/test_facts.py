"""Facts that recur, from tables of observations and prompts."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from memory.rules import shell_commands
from memory.rules.facts import find_conventions, find_files_together


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
    session_id: str = "s1"


def together(found: Iterable[Seen]) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    return [(one.paths, one.seqs) for one in find_files_together(sorted(found, key=lambda one: -one.seq))]


def edits(session: int, *files: str) -> list[Seen]:
    return [Seen(session, "edit", f"Edited {file}", f"s{session}", files_modified=file) for file in files]


def test_files_change_together_in_three_sessions() -> None:
    twice = [*edits(2, "b.py", "a.py"), *edits(1, "a.py", "b.py", "c.py"), *edits(4, "a.py")]
    assert together(twice) == []
    assert together([*edits(3, "a.py", "b.py"), *twice]) == [(("a.py", "b.py"), (3, 2, 1))]
    wide = [f"{number}.py" for number in range(13)]
    assert together([one for session in (1, 2, 3) for one in edits(session, *wide)]) == []


def test_three_files_that_change_together_are_one_group() -> None:
    thrice = [one for session in (1, 2, 3) for one in edits(session, "model.py", "migration.py", "test_model.py")]
    assert together(thrice) == [(("migration.py", "model.py", "test_model.py"), (3, 2, 1))]
    chain = [*edits(4, "a.py", "b.py"), *edits(5, "a.py", "b.py"), *edits(6, "a.py", "b.py")]
    chain += [*edits(7, "b.py", "c.py"), *edits(8, "b.py", "c.py"), *edits(9, "b.py", "c.py")]
    assert together(chain) == [(("b.py", "c.py"), (9, 8, 7))], "a.py goes with b.py and not with c.py"


def test_a_file_that_every_session_changes_goes_together_with_none() -> None:
    always = [one for session in range(1, 13) for one in edits(session, "CHANGELOG.md")]
    assert together([*always, *(one for session in (1, 2, 3) for one in edits(session, "a.py"))]) == []


def repeated(*said: Said) -> list[tuple[str, tuple[int, ...], int]]:
    return [(one.text, one.seqs, one.sessions) for one in find_conventions(said)]


def test_an_instruction_is_a_convention_when_it_is_repeated_if_only_in_similar_words() -> None:
    once = Said(9, "Never use floats for money, always Decimal.", "s2")
    assert repeated(once, Said(2, "Make it blue."), Said(3, "Make it red.")) == []
    assert repeated(once, Said(9, "never use floats for money")) == [], "one prompt repeats nothing"
    again = Said(1, "don't use floats for any money; Decimal")
    assert repeated(once, again) == [(once.text, (9, 1), 2)]


def test_what_forbids_is_not_what_demands() -> None:
    assert repeated(Said(2, "always commit after each step"), Said(1, "never commit after each step")) == []
    assert repeated(Said(2, "no, no, stop"), Said(1, "no, no, stop")) == []


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
