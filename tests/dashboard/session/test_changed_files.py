"""The files of a session like those of a pull request: a list or a tree, sorted, each change with its prompt."""

import re
from typing import Any

import httpx
import pytest
from django.http import QueryDict

from dashboard.session.file_tab import file_tree
from dashboard.session.file_tab.changed_files import MAX_FOLDER_CHARS, ChangedFile, shorten_folder
from dashboard.session.file_tab.file_tree import FileFolder
from tests.dashboard.session.test_sessions import told
from tests.dashboard.visitor import page, sign_in
from tests.memory.file_history.edits import PROJECT, edit, placed, prompt
from tests.people import Person

ROOT = "/home/ada/shop"
PATHS = ("src/api/total.py", "src/api/refund.py", "src/web/page.py", "README.md")


def shape(folder: FileFolder) -> object:
    return {one.name: shape(one) for one in folder.folders} | {file.name: file.line_count for file in folder.files}


def test_folders_that_hold_only_a_folder_stand_in_one_line() -> None:
    files = [ChangedFile(path, added=1) for path in (*PATHS, "/etc/memfog/one.conf", "/etc/memfog/two.conf")]
    assert shape(file_tree.build_tree(files)) == {
        "src": {"api": {"total.py": 1, "refund.py": 1}, "web": {"page.py": 1}},
        "/etc/memfog": {"one.conf": 1, "two.conf": 1},
        "README.md": 1,
    }


def test_a_folder_has_the_sums_of_all_files_in_it() -> None:
    tree = file_tree.build_tree([ChangedFile("a/b/c.py", 3, 1), ChangedFile("a/d.py", 4, 2)])
    (folder,) = tree.folders
    assert (folder.name, folder.file_count, folder.added, folder.removed) == ("a", 2, 7, 3)


def test_a_deep_path_is_bounded() -> None:
    (folder,) = file_tree.build_tree([ChangedFile("x/" * 500 + "y.py")]).folders
    assert folder.name.count("x") == file_tree.MAX_DEPTH


@pytest.mark.parametrize(
    ("folder", "shown"),
    [
        ("src/", "src/"),
        ("packages/orchestrator/src/features/billing/refunds/", "packages/…/src/features/billing/refunds/"),
        ("/home/ada/work/clients/acme/services/api/src/main/", "/home/…/clients/acme/services/api/src/main/"),
    ],
)
def test_a_long_folder_loses_its_middle(folder: str, shown: str) -> None:
    assert shorten_folder(folder) == shown
    assert len(shown) <= MAX_FOLDER_CHARS


def test_a_folder_without_places_to_cut_is_cut_nevertheless() -> None:
    assert len(shorten_folder("x" * 400 + "/")) <= MAX_FOLDER_CHARS


def test_choices_of_the_page_stand_in_its_address_and_others_are_ignored() -> None:
    query = file_tree.parse_query(QueryDict("sort=lines&view=tree&diff=unified"))
    assert query.to_query() == "sort=lines&view=tree&diff=unified"
    assert query.to_query(view="") == "sort=lines&diff=unified"
    assert [choice.label for choice in (*query.orders, *query.views, *query.diffs) if choice.is_current] == [
        "lines",
        "Tree",
        "Unified",
    ]
    assert file_tree.parse_query(QueryDict("sort=x&view=y&diff=z")).to_query() == ""


def test_a_file_that_changed_again_is_no_longer_viewed() -> None:
    first, again = ChangedFile("a.py", 1, 0, 1), ChangedFile("a.py", 2, 0, 2)
    assert first.mark == ChangedFile("a.py", 1, 0, 1).mark != again.mark
    assert "a.py" not in first.mark


def changed(path: str, ago: float) -> list[dict[str, Any]]:
    given = {"file_path": f"{ROOT}/{path}", "old_string": "a", "new_string": "b"}
    patch = [{"oldStart": 7, "newStart": 7, "lines": [" before", "-a", "+b", "+c", " after"]}]
    over = {"cwd": ROOT, "tool_use_id": path, "tool_input": given, "tool_response": {"structuredPatch": patch}}
    return told("files", "PostToolUse.Edit", ago=ago, **over)


@pytest.fixture
def files(http: httpx.Client, alice: Person) -> httpx.Client:
    alice.push(*told("files", "UserPromptSubmit", ago=900, prompt="Round <each> refund", cwd=ROOT))
    for number, path in enumerate(PATHS):
        alice.push(*changed(path, 800 - number))
    return sign_in(http, alice.user)


def test_each_change_has_its_prompt_and_the_way_to_its_place(files: httpx.Client) -> None:
    text = page(files, "/sessions/files/files")
    assert "4 files, <span" in text
    assert re.findall(r'<bdi class="path" title="([^"]+)', text) == list(PATHS)
    assert text.count(">Prompt 1: <bdi>Round <each> refund</bdi></a>") == len(PATHS)
    places = re.findall(r'href="/sessions/files\?at=(\d+)#e-\1">Show in timeline', text)
    assert places == ["2", "3", "4", "5"]
    assert 'class="asked" href="/sessions/files?at=1#e-1"' in text


def test_files_of_one_relative_path_in_several_folders_are_several(http: httpx.Client, alice: Person) -> None:
    worktree, tools = f"{PROJECT}/.claude/worktrees/agent-1", "/home/ada/tools"
    elsewhere: dict[str, Any] = {"cwd": tools, "envelope": placed(project=tools, repo="github.com/ada/tools")}
    long = f"{PROJECT}/{'deep/' * 120}mill.py"
    paths = [f"{PROJECT}/src/mill.py", f"{worktree}/src/mill.py", f"{tools}/src/mill.py", "/tmp/src/mill.py", long]
    alice.push(
        prompt("Build the mill", 0),
        edit(paths[0], 1, ["+x"]),
        edit(paths[1], 2, ["+x"]),
        edit(paths[2], 3, ["+x"], **elsewhere),
        edit(paths[3], 4, ["+x"], cwd="/tmp", envelope=placed(project="/tmp", repo="")),
        edit(paths[4], 5, ["+x"]),
        edit(paths[0], 6, ["+y"], **elsewhere),
        edit(paths[4], 7, ["+y"]),
    )
    client = sign_in(http, alice.user)
    text = page(client, "/sessions/s1/files")
    shown = re.findall(r'<bdi class="path" title="([^"]+)', text)
    assert shown[:4] == ["src/mill.py", *paths[1:4]]
    assert [len(shown), shown[4][0], shown[4].endswith("/deep/mill.py")] == [5, "…", True]
    assert re.findall(r"(\d) changes?</span>", text) == ["2", "1", "1", "1", "2"]
    for link in re.findall(r'href="(/files\?path=[^"]+)', text):
        assert 'href="/sessions/s1?at=' in page(client, link.replace("&amp;", "&")), link


def test_the_files_stand_as_a_tree_too(files: httpx.Client) -> None:
    text = page(files, "/sessions/files/files?view=tree&sort=path")
    assert re.findall(r'<bdi class="path folder">([^<]+)</bdi>', text) == ["src/", "api/", "web/"]
    assert re.findall(r'<bdi class="path" title="([^"]+)', text) == [*sorted(PATHS[:2]), PATHS[2], "README.md"]
    assert '<a href="?sort=path" >List</a>' in text or '<a href="?sort=path">List</a>' in text


def test_unchanged_lines_are_on_both_sides_and_once_for_the_ear(files: httpx.Client) -> None:
    shown = files.get("/events/2/block", headers={"X-Requested-With": "fetch"}).text
    assert shown.count('<td class="mirror" aria-hidden="true">') == 2
    assert len(re.findall(r'<tr class="same">', shown)) == 2
    assert 'class="as-unified' not in page(files, "/sessions/files/files")
    assert "changed as-unified" in page(files, "/sessions/files/files?diff=unified")
