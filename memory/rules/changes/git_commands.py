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
_REPOSITORY_OPTIONS = ("-R", "--repo")  # which may stand before these words
_FOLDER_PROGRAMS = frozenset(("cd", "pushd", "set-location"))
# Words before a command that leave it the same command.
_PREFIXES = frozenset("then do else elif if while until ! { time sudo env command".split())  # noqa: SIM905
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


def find_calls(command: str, folder: str) -> list[GitCall]:
    """Finds the calls in order. `folder` is the folder in which the command ran."""
    calls: list[GitCall] = []
    outer_folders: list[str] = []
    for words, separator in _split_commands(command[:MAX_COMMAND_CHARS].replace("\\\n", " ")):
        program, rest = _name_program(words[0]) if words else "", words[1:]
        if program in _FOLDER_PROGRAMS and len(rest) == 1:
            folder = posixpath.join(folder, rest[0])
        elif program == "git":
            calls += _read_git(rest, folder)
        elif any(_has_words(rest, opener) for opener in _OPENERS.get(program, ())):
            calls.append(GitCall(REQUEST, tuple(rest), folder))
        folder = _cross_brackets(separator, folder, outer_folders)
    return calls[:MAX_CALLS]


def _cross_brackets(separator: str, folder: str, outer_folders: list[str]) -> str:
    """Returns the folder after a separator: a shell within brackets leaves the folder outside as it is."""
    for sign in separator:
        if sign == "(":
            outer_folders.append(folder)
        elif sign == ")" and outer_folders:
            folder = outer_folders.pop()
    return folder


def _name_program(word: str) -> str:
    return posixpath.basename(word.replace("\\", "/")).lower().removesuffix(".exe")


def _has_words(words: list[str], expected: tuple[str, ...]) -> bool:
    start = 2 if words[:1] and words[0] in _REPOSITORY_OPTIONS else 0
    return tuple(words[start : start + len(expected)]) == expected


def _split_commands(command: str) -> Iterator[tuple[list[str], str]]:
    """Splits a command into the words of its parts, without variables that are set before them, and what ends each.

    Unlike a shell it takes the text of a quotation that does not end, or of a document in the command, for words.
    """
    words: list[str] = []
    is_skipped = False
    at = -1  # where the token before ended: without a blank between them, two tokens are one word
    for found in patterns.SHELL_TOKEN.finditer(f"{command}\n"):
        token = found[0]
        if token[0] in _SEPARATORS:
            yield words[:MAX_WORDS], token
            words, is_skipped = [], False
            continue
        text = token[1:-1] if token[0] in "\"'" and token[-1:] == token[0] else token
        is_joined, at = found.start() == at, found.end()
        if is_joined and words:
            words[-1] += text
        elif not words and (is_skipped if is_joined else _is_skipped(token)):
            is_skipped = True
        else:
            words.append(text)


def _is_skipped(token: str) -> bool:
    return token in _PREFIXES or bool(patterns.SHELL_ASSIGNMENT.match(token))


def _read_git(words: list[str], folder: str) -> list[GitCall]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "-C" and at + 1 < len(words):
            folder = posixpath.join(folder, words[at + 1])
        at += 2 if words[at] in _GIT_OPTIONS_WITH_VALUE else 1
    return [GitCall(words[at], tuple(words[at + 1 :]), folder)] if at < len(words) else []
