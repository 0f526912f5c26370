"""Finds the calls of git, and of programs that open pull requests, in a shell command. Pure."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from events.wire import patterns

MAX_COMMAND_CHARS, MAX_CALLS, MAX_WORDS = 20_000, 50, 200
REQUEST = "request"  # the name of a call that opens a pull request
_SEPARATORS = frozenset(";&|()<>\n")
_GIT_OPTIONS_WITH_VALUE = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--exec-path", "--namespace"))
# Programs that open pull requests, with the words after their name.
_OPENERS = {
    "gh": (("pr", "create"), ("pr", "new")),
    "glab": (("mr", "create"), ("mr", "new")),
    "tea": (("pr", "create"), ("pulls", "create")),
    "hub": (("pull-request",),),
}


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
            word == long or (letter and word[:1] == "-" and word[:2] != "--" and letter in word[1:])
            for word in self.words
        )


def find_calls(command: str, folder: str) -> list[GitCall]:
    """Finds the calls in order. `folder` is the folder in which the command ran."""
    calls: list[GitCall] = []
    for words in _split_commands(command[:MAX_COMMAND_CHARS].replace("\\\n", " ")):
        program, rest = posixpath.basename(words[0]), words[1:]
        if program == "cd" and len(rest) == 1:
            folder = posixpath.join(folder, rest[0])
        elif program == "git":
            calls += _read_git(rest, folder)
        elif any(tuple(rest[: len(opener)]) == opener for opener in _OPENERS.get(program, ())):
            calls.append(GitCall(REQUEST, tuple(rest), folder))
    return calls[:MAX_CALLS]


def _split_commands(command: str) -> Iterator[list[str]]:
    """Splits a command into the words of its parts, without variables that are set before them.

    Unlike a shell it takes the text of a quotation that does not end, or of a document in the command, for words.
    """
    words: list[str] = []
    for found in patterns.SHELL_TOKEN.finditer(f"{command}\n"):
        token = found[0]
        if token[0] in _SEPARATORS:
            if words:
                yield words[:MAX_WORDS]
            words = []
        elif words or not patterns.SHELL_ASSIGNMENT.match(token):
            words.append(token[1:-1] if token[0] in "\"'" and token[-1:] == token[0] else token)


def _read_git(words: list[str], folder: str) -> list[GitCall]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "-C" and at + 1 < len(words):
            folder = posixpath.join(folder, words[at + 1])
        at += 2 if words[at] in _GIT_OPTIONS_WITH_VALUE else 1
    return [GitCall(words[at], tuple(words[at + 1 :]), folder)] if at < len(words) else []
