"""The figures of one context: how much of what the session then used it named, and what share of it is noise."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from script.benchmarks.recall.transcript_sessions import TranscriptSession, first_words

INDEX_LINE = re.compile(r"- \S+ · \S+(?: \S+)? · (.{1,5000}) · \d+ tokens$")
COMMAND = re.compile(r"Ran '([^']+)|`'([^']+)' (?:failed|passes)|Ran `([^`]+)")
NAME = re.compile(r"[/\\]|\.\w{1,8}\W?$")
WORD = re.compile(r"\w{3,}")
FIRST_LINES, LATEST_INSTRUCTIONS = 10, 5
OUTCOME_CHARS, MIN_SHARE = 160, 0.6  # of a message, how much is looked for, and the share of its words that suffices
CHARS_PER_TOKEN = 4

# Figures in the order of the table, with the goal of each.
GOALS: Mapping[str, str] = {
    "files": "≥ 0.90",
    "commands": "≥ 0.65",
    "noise": "≤ 0.05",
    "tokens": "≤ 900",
    "outcome in the first ten lines": "",
    "next step in the first ten lines": "",
    "corrections and standing instructions": "",
    "tokens to the first useful line": "",
}


@dataclass
class Earlier:
    """What the earlier sessions of a project did."""

    files: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    instructions: list[str] = field(default_factory=list)
    outcome: str = ""
    next_steps: Sequence[str] = ()

    def add(self, session: TranscriptSession) -> None:
        self.files |= session.files
        self.commands |= session.commands
        self.instructions += [one for one in session.instructions if one not in self.instructions]
        self.outcome, self.next_steps = session.outcome, session.next_steps


def measure_context(text: str, session: TranscriptSession, earlier: Earlier) -> dict[str, float]:
    """Measures a context by what the session then did. Leaves out a figure that this session does not have."""
    files, commands = session.files & earlier.files, session.commands & earlier.commands
    beginning = "\n".join(text.splitlines()[:FIRST_LINES])
    instructions = earlier.instructions[-LATEST_INSTRUCTIONS:]
    shares = {
        "files": [name in text for name in files],
        "commands": [words in text for words in commands],
        "outcome in the first ten lines": [_repeats(beginning, earlier.outcome)] if earlier.outcome else [],
        "next step in the first ten lines": [any(_repeats(beginning, step) for step in earlier.next_steps)]
        if earlier.next_steps
        else [],
        "corrections and standing instructions": [_repeats(text, one) for one in instructions],
    }
    figures = {name: sum(found) / len(found) for name, found in shares.items() if found}
    cost = _cost_of_first_useful_line(text, {*files, *commands})
    useful = {} if cost is None else {"tokens to the first useful line": cost}
    return figures | useful | {"noise": measure_noise(text), "tokens": len(text) / CHARS_PER_TOKEN}


def _repeats(text: str, message: str) -> bool:
    words = [word.lower() for word in WORD.findall(message[:OUTCOME_CHARS])]
    known = {word.lower() for word in WORD.findall(text)}
    return bool(words) and sum(word in known for word in words) >= MIN_SHARE * len(words)


def _cost_of_first_useful_line(text: str, names: set[str]) -> float | None:
    """Counts the tokens up to the end of the first line that names something used; None if no line does."""
    size = 0
    for line in text.splitlines(keepends=True):
        size += len(line)
        if any(name in line for name in names):
            return size / CHARS_PER_TOKEN
    return None


def measure_noise(text: str) -> float:
    """Measures the share of index lines that only look around, only list names, or repeat an earlier line.

    Raises ValueError if a context of some size has no index lines: then nothing was measured.
    """
    titles = [found[1] for line in text.splitlines() if (found := INDEX_LINE.match(line))]
    if not titles and len(text) > 400:
        raise ValueError("no index lines of the form `- <id> · <time> · <type> · <title> · <n> tokens`")
    noisy = [title in titles[:at] or _only_looks(title) or _only_lists(title) for at, title in enumerate(titles)]
    return sum(noisy) / len(titles) if titles else 0.0


def _only_looks(title: str) -> bool:
    found = COMMAND.search(title)
    command = next(filter(None, found.groups()), "") if found else ""
    return bool(command) and not first_words(command)


def _only_lists(title: str) -> bool:
    """Checks whether a title has several names and, besides the type, fewer words than names."""
    parts = re.split(r"[\s,;`]+", title.partition(" · ")[2])
    names = [part for part in parts if NAME.search(part)]
    words = [part for part in parts if part not in names and re.search(r"[^\W\d_]{2,}", part)]
    return len(names) > 1 and len(words) < len(names)


def mean_figures(contexts: Iterable[Mapping[str, float]]) -> dict[str, tuple[float, int]]:
    """Returns name → mean and number of contexts that have the figure."""
    by_name: dict[str, list[float]] = {name: [] for name in GOALS}
    for figures in contexts:
        for name, value in figures.items():
            by_name.setdefault(name, []).append(value)
    return {name: (sum(values) / len(values), len(values)) for name, values in by_name.items() if values}
