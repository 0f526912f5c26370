"""What `memfog why` says in a terminal, as JSON and as Markdown, and what it does not say or send."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.memory.file_history.edits import command, cost, prompt
from tests.memory.file_history.measure import connect, memfog
from tests.memory.file_history.repository import Repository
from tests.people import Person
from tests.server import Server


@pytest.fixture
def shop(tmp_path: Path, alice: Person, server: Server) -> Repository:
    """A repository with a function of a session, changed by a person, and a machine that is connected."""
    connect(tmp_path, url=server.url, token=alice.token)
    repository = Repository(tmp_path / "shop", 0)
    repository.start_session()
    repository.ask("Write the total | of an order")
    repository.create("shop/total.py", ["def total(order):", "    return sum(order.prices)", ""])
    repository.events.append(cost("m1", repository.second + 1, session=repository.session))
    repository.commit("Add the total")
    texts = [line.text for line in repository.files["shop/total.py"]]
    repository.write_by_person("shop/total.py", [*texts, "MAX_ORDERS = 12"])
    alice.push(*repository.events)
    return repository


def test_a_line_is_told_with_its_prompt_its_cost_and_its_link(tmp_path: Path, shop: Repository) -> None:
    asked = memfog(tmp_path, shop.root, "why", "shop/total.py:2")
    assert asked.returncode == 0, asked.stderr
    commit = shop.git("rev-parse", "HEAD")[:10]
    assert "shop/total.py:2  Write the total | of an order\n" in asked.stdout
    assert f"commit {commit}, Add the total\n" in asked.stdout
    assert "about $2.50 of $2.50 for the turn\n" in asked.stdout
    assert "sure     yes" in asked.stdout
    assert f"/sessions/{shop.session}?at=2\n" in asked.stdout


def test_of_a_line_of_a_person_nothing_is_told(tmp_path: Path, shop: Repository) -> None:
    asked = memfog(tmp_path, shop.root, "why", "total.py:4")
    assert (asked.returncode, "total.py does not exist" in asked.stderr) == (1, True)
    asked = memfog(tmp_path, shop.root / "shop", "why", "total.py:4", "--json")
    assert asked.returncode == 1
    told = json.loads(asked.stdout)
    assert (told["prompt"], told["commit"], told["path"]) == (None, None, "shop/total.py")
    asked = memfog(tmp_path, shop.root, "why", "README.md")
    assert (asked.returncode, asked.stdout) == (1, "README.md: no prompt is known for any line.\n")


def test_links_are_no_lines_and_no_words_control_the_terminal(tmp_path: Path, shop: Repository) -> None:
    (shop.root / "link").symlink_to("nowhere")
    (shop.root / "late.txt").write_text("LATE = 1\n")
    shop.git("add", "-A")
    shop.git("commit", "-q", "-m", "Add \x1b[2Jlate\n\nMemfog-Session: \x1b[2J")
    asked = memfog(tmp_path, shop.root, "why", "late.txt:1")
    assert asked.stdout.startswith("late.txt:1  No prompt is known for this line (commit ")
    assert ("Add [2Jlate" in asked.stdout, "\x1b" in asked.stdout, "made by" in asked.stdout) == (True, False, False)
    asked = memfog(tmp_path, shop.root, "why", "--since", "HEAD~1")
    assert asked.stdout.splitlines()[-1] == "0 of 2 added lines come from these prompts.", asked.stderr


def test_a_file_is_told_by_prompts(tmp_path: Path, shop: Repository) -> None:
    asked = memfog(tmp_path, shop.root, "why", "shop/total.py")
    assert asked.returncode == 0
    assert "     2 line(s)  Write the total | of an order\n" in asked.stdout


def test_a_diff_is_told_as_markdown(tmp_path: Path, shop: Repository) -> None:
    asked = memfog(tmp_path, shop.root, "why", "--since", "HEAD~1")
    assert asked.returncode == 0, asked.stderr
    lines = asked.stdout.splitlines()
    assert lines[:2] == ["### Prompts behind these changes", ""]
    assert lines[4].startswith("| [Write the total \\| of an order](http")
    assert lines[4].endswith(") | 2 | `shop/total.py` | ≈ $2.50 |")
    assert lines[6] == "2 of 3 added lines come from these prompts, for about $2.50."
    told = json.loads(memfog(tmp_path, shop.root, "why", "--since", "HEAD~1", "--json").stdout)
    assert [one["line"] for one in told if one["prompt"]] == [1, 2]


def test_a_commit_that_a_person_made_is_told_by_its_lines(tmp_path: Path, shop: Repository) -> None:
    """No session ran `git commit`; a later change of the file does not matter."""
    made = shop.git("rev-parse", "HEAD").strip()
    (shop.root / "shop/total.py").write_text("nothing = None\n")
    asked = memfog(tmp_path, shop.root / "shop", "why", "--commit", made[:9])
    assert asked.returncode == 0, asked.stderr
    assert "| [Write the total \\| of an order](http" in asked.stdout
    assert asked.stdout.endswith("2 of 2 added lines come from these prompts, for about $2.50.\n")
    answers = json.loads(memfog(tmp_path, shop.root, "why", "--commit", made, "--json").stdout)
    assert {(one["path"], one["line"], one["commit"]) for one in answers} == {
        ("shop/total.py", n, made) for n in (1, 2)
    }
    first = memfog(tmp_path, shop.root, "why", "--commit", "HEAD~1")
    assert (first.returncode, first.stdout.splitlines()[-1]) == (1, "0 of 2 added lines come from these prompts.")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "give a path, --since COMMIT or --commit COMMIT"),
        (("a", "--since", "HEAD"), 2, "give a path, --since COMMIT or --commit COMMIT"),
        (("--commit", "nowhere"), 1, 'git does not know the commit "nowhere"'),
        (("--commit=--output=made.txt",), 1, 'git does not know the commit "--output=made.txt"'),
        (("a", "b"), 2, '"b" was not expected'),
        (("nothing.py",), 1, "nothing.py does not exist"),
        (("README.md:99",), 1, "has no line 99"),
        (("--since", "nowhere"), 1, 'git does not know the commit "nowhere"'),
        (("--since=--output=made.txt",), 1, 'git does not know the commit "--output=made.txt"'),
        (("shop",), 1, "shop can not be read (it is no file)"),
    ],
)
def test_what_is_not_understood(
    tmp_path: Path, shop: Repository, arguments: tuple[str, ...], code: int, words: str
) -> None:
    asked = memfog(tmp_path, shop.root, "why", *arguments)
    assert (asked.returncode, words in asked.stderr) == (code, True), asked.stderr
    assert not (shop.root / "made.txt").exists()


def test_without_a_repository_a_file_is_asked_by_its_folder(tmp_path: Path, alice: Person, shop: Repository) -> None:
    asked = memfog(tmp_path, tmp_path, "why", "--since", "HEAD")
    assert (asked.returncode, "in no git repository" in asked.stderr) == (1, True)
    (tmp_path / "loose.txt").write_text("def total(order):\n")
    assert memfog(tmp_path, tmp_path, "why", "loose.txt:1").returncode == 1


def test_of_an_excluded_project_nothing_is_asked(tmp_path: Path, shop: Repository) -> None:
    (tmp_path / ".memfog/config.json").write_text(json.dumps({"exclude": [str(shop.root)]}))
    asked = memfog(tmp_path, shop.root, "why", "shop/total.py:2")
    assert (asked.returncode, "is excluded or paused" in asked.stderr) == (1, True)


def test_a_machine_that_is_not_connected(tmp_path: Path, shop: Repository) -> None:
    (tmp_path / ".memfog/auth.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "token": "mfg_x"}))
    asked = memfog(tmp_path, shop.root, "why", "shop/total.py:2")
    assert (asked.returncode, "127.0.0.1:9" in asked.stderr) == (1, True)
    (tmp_path / ".memfog/auth.json").unlink()
    asked = memfog(tmp_path, shop.root, "why", "shop/total.py:2")
    assert (asked.returncode, "is not connected" in asked.stderr) == (1, True)


def test_a_commit_is_evidence_where_no_edit_is(tmp_path: Path, alice: Person, shop: Repository) -> None:
    """Of its lines no prompt is named, but the sessions that made it are: by its message, and by their commands."""
    (tmp_path / "shop/made.py").write_text("GENERATED = 1\n")
    shop.git("add", "-A")
    shop.git("commit", "-q", "-m", "Generate\n\nMemfog-Session: named-by-trailer")
    made = shop.git("rev-parse", "--short", "HEAD").strip()
    alice.push(prompt("Generate it", 900, session="s9"), command("git commit", 901, f"[main {made}] x", session="s9"))
    asked = memfog(tmp_path, shop.root, "why", "made.py:1")
    assert asked.returncode == 1
    assert "No prompt is known for this line" in asked.stdout
    assert "made by  named-by-trailer, http" in asked.stdout
    assert "made by  Generate it, http" in asked.stdout
    told = json.loads(memfog(tmp_path, shop.root, "why", "made.py:1", "--json").stdout)
    assert (told["prompt"], told["commit_sessions"]) == (None, ["named-by-trailer", "s9"])


def test_a_model_asks_the_client_over_mcp(tmp_path: Path, shop: Repository) -> None:
    def call(number: int, method: str, **params: Any) -> str:
        return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    given = {"name": "why", "arguments": {"path": "shop/total.py", "line": 2}}
    lines = [call(1, "initialize", **hello), call(2, "tools/list"), call(3, "tools/call", **given)]
    asked = memfog(tmp_path, shop.root, "mcp", input="\n".join(lines) + "\n")
    answers = {one["id"]: one["result"] for one in map(json.loads, asked.stdout.splitlines())}
    assert [tool["name"] for tool in answers[2]["tools"]][-1] == "why"
    assert "shop/total.py:2  Write the total | of an order" in answers[3]["content"][0]["text"]
