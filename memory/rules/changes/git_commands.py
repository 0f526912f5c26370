"""Finds the calls of git, and of programs that open pull requests, in a shell command. Pure."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from memory.rules.changes.shell_words import MAX_DEPTH, FolderTrail, find_script, name_program, split_commands, unwrap

MAX_COMMAND_CHARS, MAX_CALLS = 20_000, 50
REQUEST = "request"  # the name of a call that opens a pull request
_GIT_OPTIONS_WITH_VALUE = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--exec-path", "--namespace"))
# Programs that open pull requests, with the words after their name.
_OPENERS = {
    "gh": (("pr", "create"), ("pr", "new")),
    "glab": (("mr", "create"), ("mr", "new")),
    "tea": (("pr", "create"), ("pulls", "create")),
    "az": (("repos", "pr", "create"),),
    "hub": (("pull-request",),),
}
_REPOSITORY_OPTIONS = ("-R", "--repo")  # which may stand before these words
_LETTERS_WITH_VALUE = "mFCctS"  # what follows them in a word is a value


@dataclass(frozen=True, slots=True)
class GitCall:
    """A call: its subcommand, the words after it, and the folder in which it ran."""

    name: str
    words: tuple[str, ...]
    folder: str

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words that are no options."""
        return tuple(word for word in self.words if not word.startswith("-"))

    def has_option(self, long: str, letter: str = "") -> bool:
        """Whether an option is given: by its name, or by its letter, also among others as in `-qa`."""
        return any(
            word == long or (letter and word[:1] == "-" and word[:2] != "--" and letter in _list_letters(word))
            for word in self.words
        )

    def find_value(self, *options: str) -> str:
        """Finds the word after one of these options; empty if there is none."""
        pairs = zip(self.words, self.words[1:], strict=False)
        return next((value for option, value in pairs if option in options), "")


def _list_letters(word: str) -> str:
    ends = [at for letter in _LETTERS_WITH_VALUE if (at := word.find(letter)) > 0]
    return word[1 : min(ends, default=len(word)) + 1]


def find_calls(command: str, folder: str, root: str = "") -> list[GitCall]:
    """Finds the calls in order. `folder` is the folder in which the command ran, `root` that of its session."""
    trail = FolderTrail(folder, root)
    return list(islice(_iter_calls(command[:MAX_COMMAND_CHARS].replace("\\\n", " "), trail), MAX_CALLS))


def _iter_calls(command: str, trail: FolderTrail, depth: int = 0) -> Iterator[GitCall]:
    for part, separator in split_commands(command):
        words = unwrap(part)
        if script := find_script(words) if depth < MAX_DEPTH else "":
            yield from _iter_calls(script, FolderTrail(trail.folder, trail.folder), depth + 1)
        elif not trail.enter(words) and words:
            yield from _read_call(words, trail.folder)
        trail.cross(separator)


def _read_call(words: list[str], folder: str) -> Iterator[GitCall]:
    program, rest = name_program(words[0]), words[1:]
    if program == "git":
        if call := read_git(rest, folder):
            yield call
    elif any(_has_words(rest, opener) for opener in _OPENERS.get(program, ())):
        yield GitCall(REQUEST, tuple(rest), folder)


def _has_words(words: list[str], expected: tuple[str, ...]) -> bool:
    start = 2 if words[:1] and words[0] in _REPOSITORY_OPTIONS else 0
    return tuple(words[start : start + len(expected)]) == expected


def read_git(words: list[str], folder: str) -> GitCall | None:
    """Reads the words after `git`; None if they name no command."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "-C" and at + 1 < len(words):
            folder = posixpath.join(folder, words[at + 1])
        at += 2 if words[at] in _GIT_OPTIONS_WITH_VALUE else 1
    return GitCall(words[at], tuple(words[at + 1 :]), folder) if at < len(words) else None


def find_made_folder(call: GitCall) -> str:
    """Finds the folder of the repository that `git init`, `git clone` or `git submodule add` makes; empty for none."""
    names = list(call.arguments)
    if call.name == "submodule":
        if names[:1] != ["add"]:
            return ""
        names = names[1:]
    elif call.name == "init":
        return posixpath.join(call.folder, names[-1]) if names else call.folder
    if not names:
        return ""
    has_folder = len(names) > 1 and not _is_remote(names[-1])
    name = names[-1] if has_folder else posixpath.basename(names[-1].rstrip("/")).removesuffix(".git")
    return posixpath.join(call.folder, name.rpartition(":")[2])


def _is_remote(name: str) -> bool:
    return "://" in name or name.endswith(".git") or "@" in name


def pushes_tags(call: GitCall) -> bool:
    """Whether a push may name tags among the new branches."""
    return any(word in ("--tags", "--follow-tags", "--mirror", "tag") or "refs/tags/" in word for word in call.words)
