"""Reads the JUnit reports of pytest and of Node's test runner."""

import json
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

# Names of the client's tests that may take long, since Node's test runner has no marks.
SLOW_CLIENT_TESTS = frozenset(json.loads((Path(__file__).parents[2] / "client" / "test" / "slow.json").read_text()))

MAX_REASON_CHARS = 200  # characters


@dataclass(frozen=True)
class Report:
    """Counts of tests, and the seconds of each test by name."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: tuple[tuple[str, float], ...] = ()
    slow_tests: frozenset[str] = frozenset()  # names of tests that may take long
    failures: tuple[tuple[str, str], ...] = ()  # names of failed tests, each with the first line of its reason

    @property
    def tests(self) -> int:
        return self.passed + self.failed + self.skipped

    def slowest(self, count: int = 10) -> list[tuple[str, float]]:
        return sorted(self.seconds, key=lambda row: -row[1])[:count]


def load_report(path: Path) -> Report:
    """Loads the report at `path`; returns an empty report if the runner wrote none."""
    if not path.exists():
        return Report()
    # A test runner that this process started has just written the file.
    cases = list(ElementTree.parse(path).iter("testcase"))  # noqa: S314
    failures = tuple((_test_name(case), reason) for case in cases if (reason := _failure_reason(case)) is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    seconds = tuple((_test_name(case), float(case.get("time") or 0)) for case in cases)
    slow = frozenset(_test_name(case) for case in cases if _is_slow(case))
    failed = len(failures)
    return Report(len(cases) - failed - skipped, failed, skipped, seconds, slow, failures)


def _is_slow(case: ElementTree.Element) -> bool:
    """Whether a test may take long: by a property for pytest (`tests/conftest.py`), by the list for Node."""
    is_slow_client_test = case.get("classname") == "test" and case.get("name") in SLOW_CLIENT_TESTS
    return is_slow_client_test or case.find("properties/property[@name='slow']") is not None


def _failure_reason(case: ElementTree.Element) -> str | None:
    """Returns the first line of the reason of a failure, or None if the test did not fail."""
    for part in case:
        if part.tag in ("failure", "error"):
            return next(iter((part.get("message") or "").splitlines()), "")[:MAX_REASON_CHARS]
    return None


def _test_name(case: ElementTree.Element) -> str:
    """Returns `tests/x/test_y.py::test_z` for pytest, and the test's name for Node."""
    return f"{case.get('file') or case.get('classname') or ''}::{case.get('name')}"
