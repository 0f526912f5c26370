"""The tool `commit` of `/mcp`."""

import re

from tests.memory.file_history.edits import PROJECT, command, cost, prompt, write
from tests.memory.mcp_server.test_mcp import HOSTILE, told
from tests.people import Person

REQUEST = "https://github.com/ada/engine/pull/7"


def test_what_is_behind_a_commit_is_quoted_except_what_a_person_typed(alice: Person, bob: Person) -> None:
    alice.push(
        prompt("Build the `mill`", 0),
        write(f"{PROJECT}/mill.py", 1, "a\n"),
        cost("m1", 2),
        command("git commit -m x", 3, f"[main 1f3870b] {HOSTILE}".replace("\n", " ")),
        command("gh pr create", 4, REQUEST),
        command("git commit --amend", 5, "[main 1f3870c] Better"),
    )
    shown = told(alice, "commit", hash="1f3870c").splitlines()
    assert shown[0] == "Commit 1f3870c `Better` · about $2.50, at most $2.50"
    assert shown[1] == f"Pull request: `{REQUEST}`"
    assert re.fullmatch(r"- 6 · [^·]+ · amend · session `s1` `Build the .mill.`", shown[2]), shown[2]
    assert shown[3:] == [
        "  Prompt: Build the `mill` · about $2.50, at most $2.50",
        "  File: `mill.py` +1 -0 · about $2.50, at most $2.50",
    ]
    replaced = told(alice, "commit", hash="1f3870b")
    assert "Amended: 1f3870c took its place." in replaced
    assert replaced.splitlines()[0].count("`") == 2
    assert "\u202e" not in replaced
    assert told(bob, "commit", hash="1f3870c") == "No entries found."
