"""What a shell command is at its core, whether it runs tests, and why it failed. Pure."""

from events.wire import patterns
from memory.values.text_analyzer import plain

LONGEST = 200
ROUNDS = 50  # prefixes, and suffixes, that are taken off


def essence(command: str) -> str:
    """The command without where it ran and how its output was cut: what two runs of the same thing share."""
    line = " ".join(command[: LONGEST * 10].split())
    for _ in range(ROUNDS):
        if not (found := patterns.COMMAND_PREFIX.match(line)):
            break
        line = line[found.end() :]
    for _ in range(ROUNDS):
        if (start := _suffix(line)) is None:
            break
        line = line[:start]
    return line[:LONGEST].strip()


def _suffix(line: str) -> int | None:
    """Where the last part begins, if it says only what becomes of the output."""
    # It begins at the last sign of its kind, or a few characters before: ` 2>&1`, ` || true`.
    signs = max(line.rfind(sign) for sign in "|;&"), line.rfind(">")
    starts = sorted({at - back for at in signs if at >= 0 for back in range(4) if at >= back})
    return next((start for start in starts if patterns.COMMAND_SUFFIX.fullmatch(line, start)), None)


def runs_tests(command: str) -> bool:
    return bool(patterns.RUNS_TESTS.search(essence(command)))


def why(error: str) -> str:
    """Why something failed, in one line: `exit 2: ls: cannot access 'x'`."""
    code = patterns.EXIT_CODE.match(error)
    said = plain(error[code.end() if code else 0 :][:40_000])
    lines = [words for line in said[:20_000].splitlines() if (words := _unsigned(" ".join(line.split())))]
    telling = next((line for line in lines if patterns.TELLS_OF_FAILURE.search(line)), lines[0] if lines else "")
    return ": ".join(filter(None, (f"exit {code[1]}" if code else "", telling[:LONGEST]))) or "failed"


def _unsigned(line: str) -> str:
    """Without what test runners write before a line; nothing of a heading."""
    if patterns.RUNNER_HEADING.match(line):
        return ""
    sign = patterns.RUNNER_SIGN.match(line)
    return line[sign.end() :] if sign else line
