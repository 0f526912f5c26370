"""`memfog why` in repositories that are unlike most: odd names, shallow clones, worktrees, submodules, binary files."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from memory.deletion import session_deletion
from tests.memory.file_history.measure import MEMFOG, ask_lines, connect, memfog
from tests.memory.file_history.repository import Repository
from tests.people import People, Person
from tests.server import Server

NAMES = (
    *("a file.py", 'quo"ted.py', "it's.py", "tab\there.py", "line\nbreak.py", "back\\slash.py", "名前/ファイル.py"),
    *("-dash.py", "colon:3", "é è.py", " leading.py", "café (1) [x] {y} $z.py"),
)
TOTAL = ["def total(order):", "    return sum(order.prices_of_all_lines)"]


@pytest.fixture
def home(tmp_path: Path, alice: Person, server: Server) -> Path:
    connect(tmp_path, url=server.url, token=alice.token)
    return tmp_path


@pytest.fixture
def shop(home: Path, alice: Person) -> Repository:
    """A repository with a file of a session, which is committed."""
    repository = make_shop(home / "shop")
    alice.push(*repository.events)
    return repository


def make_shop(folder: Path, words: str = "Write the total") -> Repository:
    repository = Repository(folder, 0)
    repository.start_session()
    repository.ask(words)
    repository.create("shop/total.py", TOTAL)
    repository.commit("Add the total")
    return repository


def test_a_path_may_have_any_characters(home: Path, alice: Person) -> None:
    repository = Repository(home / "odd names", 0)
    repository.start_session()
    for number, name in enumerate(NAMES):
        repository.ask(f"Write file {number}")
        repository.create(name, [f"value_of_the_file_{number} = {number}", f"print('this is file number {number}')"])
    repository.commit()
    alice.push(*repository.events)
    root = repository.git("rev-list", "--max-parents=0", "HEAD").strip()
    for command in (("--since", root), ("--commit", "HEAD")):
        asked = memfog(home, repository.root, "why", *command, "--json")
        found = {(one["path"], one["line"]): one["prompt"] for one in json.loads(asked.stdout)}
        assert found == {(name, line): f"Write file {at}" for at, name in enumerate(NAMES) for line in (1, 2)}
    for number, name in enumerate(NAMES):
        asked = memfog(home, repository.root, "why", f"./{name}:2", "--json")
        assert json.loads(asked.stdout)["prompt"] == f"Write file {number}", asked.stderr
    markdown = memfog(home, repository.root, "why", "--since", root).stdout
    assert f"{2 * len(NAMES)} of {2 * len(NAMES)} added lines come from these prompts." in markdown


def test_lines_that_look_like_headings_of_a_diff_are_lines(home: Path, alice: Person) -> None:
    lines = [
        "++ b/README.md",
        "@@ -1,9 +1,9 @@ nothing",
        "-- a/README.md",
        "diff --git a/README.md b/README.md",
        "\\ x",
    ]
    repository = Repository(home / "shop", 0)
    repository.start_session()
    repository.ask("Write the notes")
    repository.create("notes.txt", lines)
    repository.commit()
    repository.ask("Replace them")
    repository.edit("notes.txt", 0, 3, ["++ c/README.md", "-- c/README.md"])
    alice.push(*repository.events)
    asked = memfog(home, repository.root, "why", "--since", "HEAD~1", "--json")
    told = [(one["path"], one["line"], one["prompt"]) for one in json.loads(asked.stdout)]
    assert [one[:2] for one in told] == [("notes.txt", line) for line in (1, 2, 3, 4)]
    assert [one[2] for one in told] == ["Replace them"] * 2 + ["Write the notes"] * 2


def test_lines_that_end_with_a_carriage_return_are_the_same(home: Path, shop: Repository) -> None:
    path = shop.root / "shop/total.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    shop.git("-c", "core.autocrlf=false", "commit", "-q", "-am", "End lines as on Windows")
    assert ask_lines(home, shop.root, "shop/total.py") == {1: "Write the total", 2: "Write the total"}


def test_a_shallow_clone_a_worktree_and_a_submodule(home: Path, shop: Repository) -> None:
    origin = shop.git("remote", "get-url", "origin").strip()
    shop.git("worktree", "add", "-q", str(home / "other tree"), "-b", "topic")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{shop.root}", str(home / "shallow")], check=True)
    parent = Repository(home / "parent", 1)
    parent.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(shop.root), "parts/shop")
    for clone in (home / "shallow", parent.root / "parts/shop"):
        subprocess.run(["git", "-C", str(clone), "remote", "set-url", "origin", origin], check=True)
    expected = {1: "Write the total", 2: "Write the total"}
    assert ask_lines(home, home / "other tree", "shop/total.py") == expected
    assert ask_lines(home, home / "shallow/shop", "total.py") == expected
    assert ask_lines(home, parent.root, "parts/shop/shop/total.py") == expected
    asked = memfog(home, parent.root, "why", "--since", "HEAD")
    assert asked.stdout.endswith("\n0 of 3 added lines come from these prompts.\n"), asked.stdout


def test_two_repositories_of_one_name_are_two(home: Path, alice: Person, shop: Repository) -> None:
    other = make_shop(home / "elsewhere" / "shop", "Write the other total")
    other.git("remote", "set-url", "origin", "git@github.com:bob/shop.git")
    for event in other.events:
        event["repo"] = "github.com/bob/shop"
    alice.push(*other.events)
    for repository, words in ((shop, "Write the total"), (other, "Write the other total")):
        assert ask_lines(home, repository.root, "shop/total.py") == {1: words, 2: words}


def test_nobody_else_is_told(tmp_path: Path, people: People, shop: Repository) -> None:
    (tmp_path / "bob").mkdir()
    connect(tmp_path / "bob", url=people.url, token=people().token)
    assert ask_lines(tmp_path / "bob", shop.root, "shop/total.py") == {1: "", 2: ""}


def test_of_a_deleted_session_nothing_is_told(home: Path, alice: Person, shop: Repository) -> None:
    assert memfog(home, shop.root, "why", "shop/total.py:1").returncode == 0
    session_deletion.delete_session(alice.id, shop.session)
    asked = memfog(home, shop.root, "why", "shop/total.py:1")
    assert asked.returncode == 1
    assert "No prompt is known for this line" in asked.stdout


def test_an_amended_commit_that_was_never_pushed(home: Path, alice: Person, shop: Repository) -> None:
    shop.git("commit", "-q", "--amend", "-m", "Say it better")
    (shop.root / "shop/total.py").write_text("\n".join([*TOTAL, "# the end", ""]))
    shop.git("commit", "-q", "-a", "--amend", "--no-edit")
    told = ask_lines(home, shop.root, "shop/total.py")
    assert told == {1: "Write the total", 2: "Write the total", 3: ""}


def test_a_binary_file_has_no_lines(home: Path, shop: Repository) -> None:
    (shop.root / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (shop.root / "wide.txt").write_bytes("one line\n".encode("utf-16"))
    (shop.root / ".gitattributes").write_text("wide.txt diff\n")
    shop.git("add", "-A")
    asked = memfog(home, shop.root, "why", "logo.png:1")
    assert (asked.returncode, asked.stderr.strip()) == (1, "memfog: logo.png can not be read (it is no text)")
    asked = memfog(home, shop.root, "why", "--since", "HEAD~1", "--json")
    assert {one["path"] for one in json.loads(asked.stdout)} == {".gitattributes", "shop/total.py"}


def test_without_git_it_says_what_is_missing(home: Path, shop: Repository) -> None:
    programs = home / "programs"
    programs.mkdir()
    (programs / "node").symlink_to(os.path.realpath(shutil.which("node") or "node"))
    environment = {"PATH": str(programs), "HOME": str(home)}
    for words in (("shop/total.py:1",), ("--since", "HEAD~1"), ("--commit", "HEAD")):
        asked = subprocess.run(
            [*MEMFOG, "why", *words], cwd=shop.root, env=environment, capture_output=True, text=True, check=False
        )
        assert (asked.returncode, asked.stdout) == (1, "")
        assert asked.stderr.strip() == "memfog: git was not found; install it, or put it on the PATH"


def test_a_long_history(home: Path, shop: Repository) -> None:
    """Ten thousand commits stand between a session's commit and now."""
    steps = []
    for number in range(10_000):
        text = f"{number}\n"
        steps.append(
            f"commit refs/heads/main\ncommitter Ada <ada@example.com> {1_770_000_000 + number} +0000\n"
            f"data 1\nx{'from refs/heads/main^0' if not number else ''}\n".replace("xfrom", "x\nfrom")
            + f"M 100644 inline count.txt\ndata {len(text)}\n{text}\n"
        )
    subprocess.run(["git", "-C", str(shop.root), "fast-import", "--quiet"], input="".join(steps), text=True, check=True)
    shop.git("reset", "-q", "--hard")
    assert shop.git("rev-list", "--count", "HEAD").strip() == "10002"
    assert ask_lines(home, shop.root, "shop/total.py") == {1: "Write the total", 2: "Write the total"}
