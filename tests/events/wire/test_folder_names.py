"""A folder has one key, however it is spelled."""

import pytest

from events.wire.folder_names import display_folder, folder_key

SAME: dict[str, list[str]] = {
    "/home/ada/shop": [
        *("/home/ada/shop", "/home/ada/shop/", "/home/ada/shop/.claude/worktrees/abc"),
        *("/home/ada/shop/.claude/worktrees/abc/", "/home/ada/shop/.claude/worktrees/a/.claude/worktrees/b"),
    ],
    "/home/ada/shop/src": ["/home/ada/shop/src", "/home/ada/shop/.claude/worktrees/abc/src"],
    "c:/users/ada/p": [
        *("C:\\Users\\Ada\\p", "c:\\Users\\Ada\\p", "C:/Users/Ada/p", "c:/users/ada/P\\", "/mnt/c/Users/Ada/p"),
        *("/mnt/C/users/ada/p", "/cygdrive/c/Users/Ada/p", "c:\\users\\ada\\p\\.claude\\worktrees\\x"),
    ],
    "c:/users/иван/straße": ["C:\\Users\\Иван\\Straße".replace("ß", "ss"), "c:/USERS/ИВАН/strasse"],
    "//server/share/p": ["\\\\Server\\Share\\p", "\\\\server\\share\\P\\"],
    "d:": ["D:", "d:\\", "D:/", "/mnt/d", "/mnt/d/"],
    "github.com/Ada/Shop": ["github.com/Ada/Shop"],
    "/mnt/data/p": ["/mnt/data/p"],
    "/": ["/"],
    "": [""],
}
OTHERS = [
    *("/home/ada/Shop", "/home/ada/shop/.claude", "/home/ada/shop/.claude/worktrees", "/home/ada/shop/worktrees/abc"),
    *("github.com/ada/shop", "C", "c:p", "/mnt/cd/p", "/home/ada/shop/.claude-worktrees/abc", "d:/users/ada/p"),
]
KEYS = {"c:/users/иван/straße": "c:/users/иван/strasse"}


@pytest.mark.parametrize(("key", "name"), [(key, name) for key, names in SAME.items() for name in names])
def test_spellings_of_a_folder_have_one_key(key: str, name: str) -> None:
    assert folder_key(name) == KEYS.get(key, key)
    assert folder_key(folder_key(name)) == folder_key(name)


def test_other_folders_have_other_keys() -> None:
    keys = [folder_key(name) for name in (*SAME, *OTHERS)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("c:\\Users\\Ada\\p", "C:\\Users\\Ada\\p"),
        ("/mnt/c/Users/Ada/p", "/mnt/c/Users/Ada/p"),
        ("/home/ada/shop/.claude/worktrees/abc", "/home/ada/shop"),
        ("github.com/ada/shop", "github.com/ada/shop"),
    ],
)
def test_a_folder_is_shown_as_it_was_captured_outside_of_worktrees(name: str, shown: str) -> None:
    assert display_folder(name) == shown
