"""Reads the JUnit reports of pytest and of Node's test runner."""

import json
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

# The names of the client's tests that may take long: Node's test runner knows no marks.
SLOW_CLIENT_TESTS = frozenset(json.loads((Path(__file__).parents[2] / "client" / "test" / "slow.json").read_text()))

MAX_REASON_CHARS = 200  # characters


@dataclass(frozen=True)
class Report:
    """Counts of tests, and the seconds that each took by its name."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: tuple[tuple[str, float], ...] = ()
    slow_tests: frozenset[str] = frozenset()  # names of tests that may take long
    failures: tuple[tuple[str, str], ...] = ()  # names of tests that failed, with the first line of why

    @property
    def tests(self) -> int:
        return self.passed + self.failed + self.skipped

    def slowest(self, count: int = 10) -> list[tuple[str, float]]:
        return sorted(self.seconds, key=lambda row: -row[1])[:count]


def load_report(path: Path) -> Report:
    """The report at `path`; an empty one where the runner wrote none."""
    if not path.exists():
        return Report()
    # The file was just written by a runner that this process started.
    cases = list(ElementTree.parse(path).iter("testcase"))  # noqa: S314
    failures = tuple((_test_name(case), reason) for case in cases if (reason := _failure_reason(case)) is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    seconds = tuple((_test_name(case), float(case.get("time") or 0)) for case in cases)
    slow = frozenset(_test_name(case) for case in cases if _is_slow(case))
    failed = len(failures)
    return Report(len(cases) - failed - skipped, failed, skipped, seconds, slow, failures)


def _is_slow(case: ElementTree.Element) -> bool:
    """pytest tells it by a property (`tests/conftest.py`); of Node's tests, all of one class, the list."""
    is_slow_client_test = case.get("classname") == "test" and case.get("name") in SLOW_CLIENT_TESTS
    return is_slow_client_test or case.find("properties/property[@name='slow']") is not None


def _failure_reason(case: ElementTree.Element) -> str | None:
    """The first line of why it failed; None if it did not."""
    for part in case:
        if part.tag in ("failure", "error"):
            return next(iter((part.get("message") or "").splitlines()), "")[:MAX_REASON_CHARS]
    return None


def _test_name(case: ElementTree.Element) -> str:
    """`tests/x/test_y.py::test_z` for pytest, the test's name for Node."""
    return f"{case.get('file') or case.get('classname') or ''}::{case.get('name')}"
