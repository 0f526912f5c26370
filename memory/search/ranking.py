"""Which of the documents found comes first: by what fits where, by kind, and the newer before the older. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from memory.rules.search_documents import PARTING
from memory.values.text_analyzer import Sought

TITLE, TEXT, OPEN = 2.5, 1.0, 0.7
# What was asked, learned and said counts for more than what was looked at on the way.
KINDS = {"summary": 1.3, "prompt": 1.2, "fix": 1.3, "failure": 1.1, "decision": 1.2, "read": 0.6, "search": 0.6}
DAY_US = 86_400_000_000
HALF_LIFE_DAYS, OF_AGE = 30.0, 0.3  # recency decides over this share of the score


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it was found."""

    seq: int
    at_us: int
    type: str
    words: str


def ranked(found: Sequence[Found], sought: Sequence[Sought]) -> list[Found]:
    """Best first; without words to look for, newest first."""
    if not found or not sought:
        return sorted(found, key=lambda one: (-one.at_us, -one.seq))
    fits = [_fits(one, sought) for one in found]
    rare = [math.log(1 + len(found) / (1 + sum(fit[at] > 0 for fit in fits))) for at in range(len(sought))]
    newest = max(one.at_us for one in found)
    scores = {
        one.seq: _score(fit, rare) * KINDS.get(one.type, 1.0) * _recency(newest - one.at_us)
        for one, fit in zip(found, fits, strict=True)
    }
    return sorted(found, key=lambda one: (-scores[one.seq], -one.at_us, -one.seq))


def _fits(one: Found, sought: Sequence[Sought]) -> list[float]:
    title, _, text = one.words.partition(f" {PARTING} ")
    in_title, in_text = title.split(), text.split()
    return [max(_fit(part, in_title) * TITLE, _fit(part, in_text) * TEXT) for part in sought]


def _fit(part: Sought, words: Sequence[str]) -> float:
    if part.word in words:
        return 1.0
    return OPEN if part.open and any(word.startswith(part.word) for word in words) else 0.0


def _score(fit: Sequence[float], rare: Sequence[float]) -> float:
    share = sum(weight for value, weight in zip(fit, rare, strict=True) if value) / sum(rare)
    return sum(value * weight for value, weight in zip(fit, rare, strict=True)) * share


def _recency(age_us: int) -> float:
    return float(1 - OF_AGE + OF_AGE * 0.5 ** (age_us / DAY_US / HALF_LIFE_DAYS))
