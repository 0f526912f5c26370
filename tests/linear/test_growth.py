"""All code that reads captured text takes time linear in its length, even for texts that may take long."""

import os
import re

import pytest

from tests.linear.functions import EVENTS, PARTS
from tests.linear.growth import Make, growing
from tests.linear.hostile_texts import TEXTS

# Characters of the shortest text; the longest has eight times as many.
SIZES = {"parts": (3_000,), "events": (1_500,)}
TOGETHER = {"parts": 2, "events": 2}  # functions per test
WORK = {"parts": PARTS, "events": EVENTS}
# A run tries every text and every function, but not every pair. `MEMFOG_TEST_GROWTH=full` tries all pairs.
PARTED = {"parts": 4, "events": 40} if os.environ.get("MEMFOG_TEST_GROWTH") != "full" else {"parts": 1, "events": 1}

pytestmark = pytest.mark.timing


def family(kind: str, name: str) -> dict[str, Make]:
    """The texts for one function: a part of them, and another part for the next function."""
    first = list(WORK[kind]).index(name)
    return dict(list(TEXTS.items())[first % PARTED[kind] :: PARTED[kind]])


def groups() -> list[tuple[str, list[str]]]:
    return [
        (kind, list(work)[at : at + TOGETHER[kind]])
        for kind, work in WORK.items()
        for at in range(0, len(work), TOGETHER[kind])
    ]


@pytest.mark.parametrize(("kind", "names"), groups(), ids=[names[0] for _, names in groups()])
def test_work_grows_as_the_text_does(kind: str, names: list[str]) -> None:
    found = [
        (name, size, text, growth.seconds)
        for name in names
        for size in SIZES[kind]
        for text, growth in growing(WORK[kind][name], family(kind, name), size)
    ]
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [r"<summary>(.*?)</summary>", r'"(?:[^"\\]|\\.)*"', r"\s+x"])
def test_the_measure_finds_what_is_quadratic(pattern: str) -> None:
    slow = re.compile(pattern, re.DOTALL)
    assert next(growing(slow.findall, TEXTS, 1_500), None)
