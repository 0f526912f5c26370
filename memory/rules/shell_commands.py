"""Normalizes shell commands, detects test runs, and extracts the reason of a failure. Pure."""

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
