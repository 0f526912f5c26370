"""Explains by rule where Memfog and ccusage count other tokens, answer by answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from script.benchmarks.shared.ccusage_rules import Line
from script.benchmarks.shared.own_usage import OwnAnswer
from script.benchmarks.shared.usage_cells import COLUMNS, Cell

NO_ID = "lines without a message id: ccusage counts each"
UNREAD = "answers in torn lines, or in files of UTF-16: ccusage reads none"
NO_ANSWER = "lines that are no answer of a session (progress, copies in other kinds of lines): ccusage counts them"
SKIPPED = "lines with a member that is null or no number: ccusage skips them"
COPIES = "answers copied into another session: ccusage counts them again"
REQUESTLESS = "lines of an answer without a request id: ccusage counts each of another time"
REQUESTS = "an answer under several request ids: ccusage counts each"
SIDECHAIN = (
    "answers that a sidechain repeats or continues under the same id: ccusage counts the main conversation's alone"
)
GATEWAY = "ids that a gateway gives to several answers: Memfog tells them apart by session, request and time"
LARGEST = (
    "lines of an answer with different counts: Memfog takes the largest of each, ccusage the line with the largest sum"
)
LIVES = "cache writes whose two lives do not add up: ccusage takes the lives, Memfog the sum that the model told"
DAYS = "answers whose lines stand on both sides of midnight, or under two names of the model"

Tokens = tuple[int, ...]
Change = dict[Cell, Tokens]


class Differences:
    """Tokens of Memfog less those of ccusage: by rule, and by cell and rule."""

    def __init__(self) -> None:
        self.by_rule: dict[str, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
        self.answers: dict[str, int] = defaultdict(int)
        self.rules_of: dict[Cell, set[str]] = defaultdict(set)

    def add(self, rule: str, change: Change) -> None:
        self.answers[rule] += 1
        for cell, tokens in change.items():
            self.rules_of[cell].add(rule)
            self.by_rule[rule] = [one + more for one, more in zip(self.by_rule[rule], tokens, strict=True)]


def explain(own: Sequence[OwnAnswer], lines: Sequence[Line], counted: Sequence[Line]) -> Differences:
    """Compares what both count of each message id."""
    own_by_id, lines_by_id, counted_by_id = _group_own(own), _group(lines), _group(counted)
    differences = Differences()
    for message_id in own_by_id.keys() | counted_by_id.keys():
        mine, theirs = own_by_id.get(message_id, []), counted_by_id.get(message_id, [])
        change = _subtract(mine, theirs)
        if any(any(tokens) for tokens in change.values()):
            differences.add(_find_rule(message_id, mine, theirs, lines_by_id[message_id]), change)
    return differences


def _group_own(own: Iterable[OwnAnswer]) -> dict[str | None, list[OwnAnswer]]:
    groups: dict[str | None, list[OwnAnswer]] = defaultdict(list)
    for answer in own:
        groups[answer.message_id].append(answer)
    return groups


def _group(lines: Iterable[Line]) -> dict[str | None, list[Line]]:
    groups: dict[str | None, list[Line]] = defaultdict(list)
    for line in lines:
        if line.model != "<synthetic>":
            groups[line.message_id or None].append(line)
    return groups


def _subtract(mine: Sequence[OwnAnswer], theirs: Sequence[Line]) -> Change:
    change: dict[Cell, list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
    counts = [(one.cell, one.tokens) for one in mine]
    counts += [(one.cell, tuple(-count for count in one.tokens)) for one in theirs]
    for cell, tokens in counts:
        change[cell] = [count + more for count, more in zip(change[cell], tokens, strict=True)]
    return {cell: tuple(counts) for cell, counts in change.items() if any(counts)}


def _find_rule(message_id: str | None, mine: Sequence[OwnAnswer], theirs: Sequence[Line], lines: Sequence[Line]) -> str:
    if message_id is None:
        return NO_ID
    if not mine:
        return NO_ANSWER
    if not lines:
        return UNREAD
    return _find_repetition(mine, theirs) if len(mine) < len(theirs) else _find_omission(mine, theirs, lines)


def _find_repetition(mine: Sequence[OwnAnswer], theirs: Sequence[Line]) -> str:
    """Why ccusage counts an answer more often."""
    if len({line.session_id for line in theirs}) > len(mine):
        return COPIES
    return REQUESTLESS if any(line.request_id is None for line in theirs) else REQUESTS


def _find_omission(mine: Sequence[OwnAnswer], theirs: Sequence[Line], lines: Sequence[Line]) -> str:
    """Why ccusage counts an answer less often, or with other tokens."""
    is_less = len(mine) > len(theirs)
    has_skipped = any(line.is_skipped for line in lines)
    if is_less and has_skipped:
        return SKIPPED
    if len({line.is_sidechain for line in lines}) > 1:
        return SIDECHAIN
    if is_less:
        return GATEWAY
    own, other = (
        [sum(column) for column in zip(*(one.tokens for one in side), strict=True)] for side in (mine, theirs)
    )
    if own == other:
        return DAYS
    if [*own[:2], own[3]] == [*other[:2], other[3]]:
        return LIVES
    return SKIPPED if has_skipped else LARGEST
