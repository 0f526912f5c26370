"""Takes shell commands apart: the words of each part, the folder it runs in, and commands within quotations. Pure."""

import posixpath
from collections.abc import Iterator

from events.wire import patterns

MAX_WORDS, MAX_DEPTH = 200, 3  # words of a part, and shells within shells
_SEPARATORS = frozenset(";&|()<>\n")
_FOLDER_PROGRAMS = frozenset(("cd", "pushd", "set-location"))
# Words before a command that leave it the same command, and programs that run another one.
_PREFIXES = frozenset("then do else elif if while until ! { time sudo env command".split())  # noqa: SIM905
_WRAPPERS = frozenset(("timeout", "nice", "nohup", "stdbuf", "ionice", "setsid"))
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh"))
_OTHER_SHELLS = {
    "cmd": ("/c", "//c", "/k"),
    "powershell": ("-command", "-c"),
    "pwsh": ("-command", "-c"),
}


def split_commands(command: str) -> Iterator[tuple[list[str], str]]:
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


def name_program(word: str) -> str:
    return posixpath.basename(word.replace("\\", "/")).lower().removesuffix(".exe")


def unwrap(words: list[str]) -> list[str]:
    """Leaves out a program that runs the command behind its options, such as `timeout 60`."""
    while words and name_program(words[0]) in _WRAPPERS:
        words = words[1:]
        while words and (words[0].startswith("-") or words[0][0].isdigit()):
            words = words[1:]
    return words


def find_script(words: list[str]) -> str:
    """Finds the command that a shell is given as a text: `bash -lc '…'`; empty for any other program."""
    program = name_program(words[0]) if words else ""
    if program == "eval":
        return _unescape(" ".join(words[1:]))
    if options := _OTHER_SHELLS.get(program):
        at = next((at for at, word in enumerate(words) if word.lower() in options), len(words))
        return _unescape(" ".join(words[at + 1 :]))
    if program not in _SHELLS:
        return ""
    at = next((at for at, word in enumerate(words) if _takes_script(word)), len(words))
    return _unescape(next((word for word in words[at + 1 :] if not word.startswith("-")), ""))


def _takes_script(word: str) -> bool:
    return word[:1] == "-" and word[1:].isalpha() and "c" in word


def _unescape(text: str) -> str:
    """Takes away the signs by which quotations stand within a quotation."""
    return text.replace('\\"', '"').replace("\\$", "$").replace("\\\\", "\\")


class FolderTrail:
    """The folder in which each part of a command runs. `root` is that of the session.

    A host reports a command with the folder in which it left the shell: `cd lib` then stands in `lib` already, unless
    the folder is that of the session.
    """

    def __init__(self, folder: str, root: str = "") -> None:
        self.folder = folder
        self._outer_folders: list[str] = []
        self._is_first = folder.rstrip("/") != root.rstrip("/")

    def enter(self, words: list[str]) -> bool:
        """Follows a change of the folder. Returns whether these words are one."""
        names = [word for word in words[1:] if word.lower() != "/d"]
        if not words or name_program(words[0]) not in _FOLDER_PROGRAMS or len(names) != 1:
            self._is_first = self._is_first and not words
            return False
        name = posixpath.normpath(names[0])
        is_there = self._is_first and name[:1] not in ("/", ".") and self.folder.rstrip("/").endswith(f"/{name}")
        self.folder = self.folder if is_there else posixpath.join(self.folder, names[0])
        self._is_first = False
        return True

    def cross(self, separator: str) -> None:
        """Crosses brackets: a shell within them leaves the folder outside as it is."""
        for sign in separator:
            if sign == "(":
                self._outer_folders.append(self.folder)
            elif sign == ")" and self._outer_folders:
                self.folder = self._outer_folders.pop()
