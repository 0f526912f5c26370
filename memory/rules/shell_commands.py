"""Normalizes shell commands, detects test runs, and extracts the reason of a failure. Pure."""

from collections.abc import Iterator
from functools import lru_cache

from events.wire import patterns
from memory.values.text_analyzer import strip_terminal_codes

MAX_COMMAND_CHARS = 200
MAX_AFFIXES = 50  # prefixes, and also suffixes, that are removed


def normalize_command(command: str) -> str:
    """Removes the change of folder and the output filters of a command, so that two runs of it are equal."""
    line = " ".join(command[: MAX_COMMAND_CHARS * 10].split())
    for _ in range(MAX_AFFIXES):
        if not (found := patterns.COMMAND_PREFIX.match(line)):
            break
        line = line[found.end() :]
    for _ in range(MAX_AFFIXES):
        if (start := _find_suffix(line)) is None:
            break
        line = line[:start]
    return line[:MAX_COMMAND_CHARS].strip()


def _find_suffix(line: str) -> int | None:
    """Finds the start of the last part, if that part only redirects or filters the output; else None."""
    # The part starts at the last of these signs, or a few characters before: ` 2>&1`, ` || true`.
    signs = max(line.rfind(sign) for sign in "|;&"), line.rfind(">")
    starts = sorted({at - back for at in signs if at >= 0 for back in range(4) if at >= back})
    return next((start for start in starts if patterns.COMMAND_SUFFIX.fullmatch(line, start)), None)


def runs_tests(command: str) -> bool:
    return bool(patterns.TEST_COMMAND.search(normalize_command(command)))


def extract_failure_reason(error: str) -> str:
    """Extracts the reason of a failure in one line: `exit 2: ls: cannot access 'x'`."""
    code = patterns.EXIT_CODE.match(error)
    output = strip_terminal_codes(error[code.end() if code else 0 :][:40_000])
    lines = [
        stripped for line in output[:20_000].splitlines() if (stripped := _strip_runner_sign(" ".join(line.split())))
    ]
    reason = next((line for line in lines if patterns.FAILURE_WORDS.search(line)), lines[0] if lines else "")
    return ": ".join(filter(None, (f"exit {code[1]}" if code else "", reason[:MAX_COMMAND_CHARS]))) or "failed"


def _strip_runner_sign(line: str) -> str:
    """Removes the prefix that test runners write before a line; returns an empty text for a heading."""
    if patterns.RUNNER_HEADING.match(line):
        return ""
    sign = patterns.RUNNER_PREFIX.match(line)
    return line[sign.end() :] if sign else line


# Programs that only look around or wait: a new session need not know of them.
_LOOK_AROUND = frozenset(
    """
    ls cat cd echo sleep grep rg find head tail ps pwd wc which whereis sed awk file stat tree env date kill pkill true
    false du df less more test type printf clear whoami uname id history man diff cmp pgrep lsof wait export set source
    exit return break continue dir where findstr ss netstat sort uniq cut tr nl top lsblk get-childitem get-content
    select-string
    """.split()  # noqa: SIM905  # a text is easier to read
)
_LOOKS_OF_GIT = frozenset(("status", "diff", "log", "show", "branch", "remote"))
_NO_PROGRAMS = ("#", "(", "[", "{", "<", "-", "}", ")", '"', "'", "$")
_SHELL_WORDS = frozenset("do done then fi else elif esac in".split())  # noqa: SIM905
MAX_ROLE_WORDS = 4  # words of a command in which its role is looked for
# Roles of commands in a project, by their words; the first role that matches counts.
ROLE_WORDS = {
    "Linter": frozenset(
        """
        lint eslint ruff flake8 mypy pylint black prettier biome clippy fmt format rubocop golangci-lint typecheck
        tsc check-types shellcheck stylelint pyright
        """.split()  # noqa: SIM905
    ),
    "Build": frozenset(("build", "compile", "make", "cmake", "bundle", "webpack", "mkdocs", "gradlew", "mvn")),
    "Server": frozenset(("dev", "start", "serve", "runserver", "up", "uvicorn", "gunicorn", "preview")),
}


# Cached, because a context asks several times for each command of a project.
@lru_cache(maxsize=2_048)
def find_main_part(command: str) -> str:
    """Returns a command from the first part that does more than look around; empty if there is none."""
    for start, end in _split_parts(command):
        part = command[start:end].strip()
        if _is_main_part(list_words(part)):
            return command[start:].strip()
    return ""


def _split_parts(command: str) -> Iterator[tuple[int, int]]:
    """Yields start and end of each part of a command."""
    start = 0
    for found in patterns.COMMAND_SEPARATOR.finditer(command):
        if found[1]:
            yield start, found.start()
            start = found.end()
    yield start, len(command)


def _is_main_part(words: list[str]) -> bool:
    if not words or words[0].startswith(_NO_PROGRAMS) or words[0] in _SHELL_WORDS:
        return False
    is_look_of_git = words[0] == "git" and len(words) > 1 and words[1] in _LOOKS_OF_GIT
    return not is_look_of_git and words[0].rpartition("/")[2].lower() not in _LOOK_AROUND


def list_words(part: str) -> list[str]:
    """Lists the words of a part of a command, without variables that are set before it."""
    return [word for word in part.split() if not patterns.SHELL_ASSIGNMENT.match(word)]


def find_role(command: str) -> str:
    """Returns what a command does in its project: `Tests`, `Linter`, `Build`, `Server`, or empty."""
    if runs_tests(command):
        return "Tests"
    first_part = command[slice(*next(_split_parts(command)))]
    words = {word for one in list_words(first_part)[:MAX_ROLE_WORDS] for word in _name_parts(one)}
    return next((role for role, role_words in ROLE_WORDS.items() if words & role_words), "")


def _name_parts(word: str) -> list[str]:
    """Splits the name of a program or of what it runs: `npm run build:css` builds, and so does `./gradlew`."""
    return word.rpartition("/")[2].lower().split(":")
