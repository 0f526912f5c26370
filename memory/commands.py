"""What a shell command is at its core, whether it runs tests, and why it failed. Pure."""

import re

from memory.wording import plain

LONGEST = 200
_BEFORE = re.compile(
    r"(?:cd\s+[^;&|]+(?:&&|;)|(?:export\s+)?[A-Za-z_]\w*=\S*\s*(?:&&|;)?|timeout\s+\S+|time|env|sudo|set\s+-\S+\s*;)\s*"
)
_AFTER = re.compile(
    r"\s*(?:\|\s*(?:tail|head|cat|less|tee|grep|sort|wc)\b[^|;&]*|\d?>&\d|\d?>\s*/dev/null|\|\|\s*true|;\s*echo\b[^;&|]*|;|&)\s*$"
)
_TESTS = re.compile(
    r"(?:^|[\s/])(?:py\.?test|tox|nox|jest|vitest|mocha|rspec|phpunit|ctest|unittest|manage\.py test"
    r"|script/test|bin/test"
    r"|(?:npm|pnpm|yarn|bun|deno|go|cargo|make|mvn|gradle|gradlew|dotnet|mix|rake|swift|flutter|just|node --)"
    r"\s*(?:run[\s-]+)?(?:test|check)\w*)(?=$|[\s:])"
)
_EXIT = re.compile(r"Exit code (\d{1,6})\b[ \t]*\n?")
_TELLS = re.compile(
    r"error|fail|exception|not found|cannot|can't|denied|no such|undefined|unexpected|refused", re.IGNORECASE
)

# What test runners write before a line, and lines that are a heading.
_SIGNS = re.compile(r"^(?:E|>|[=_*-]{3,}.*|[-=.*#|]+)(?: |$)")


def essence(command: str) -> str:
    """The command without where it ran and how its output was cut: what two runs of the same thing share."""
    line = " ".join(command[: LONGEST * 10].split())
    while line and (found := _BEFORE.match(line)):
        line = line[found.end() :]
    while line and (found := _AFTER.search(line)):
        line = line[: found.start()]
    return line[:LONGEST].strip()


def runs_tests(command: str) -> bool:
    return bool(_TESTS.search(essence(command)))


def why(error: str) -> str:
    """Why something failed, in one line: `exit 2: ls: cannot access 'x'`."""
    code = _EXIT.match(error)
    said = plain(error[code.end() :] if code else error)
    lines = [words for line in said[:20_000].splitlines() if (words := _SIGNS.sub("", " ".join(line.split())))]
    telling = next((line for line in lines if _TELLS.search(line)), lines[0] if lines else "")
    return ": ".join(filter(None, (f"exit {code[1]}" if code else "", telling[:LONGEST]))) or "failed"
