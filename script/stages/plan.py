"""The stages of a test run. Lanes run side by side, so what shares a resource stands in one lane."""

import os
from collections.abc import Iterable, Mapping

from script.stages.stage import ROOT, Stage

POSTGRES = os.environ.get("MEMFOG_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("MEMFOG_TEST_REDIS", "redis://127.0.0.1:6379/15")
# Three processes on two cores: tests wait half of their time. A file stays in one process, with its servers.
PARALLEL = ("-n", os.environ.get("MEMFOG_TEST_PROCESSES", "3"), "--dist", "loadfile")


# What runs on both databases: all but what has a stage of its own.
EVERYWHERE = "not browser and not real_client and not faults and not bench and not timing"
COVERED = f"{EVERYWHERE} and not sweep"


def pytest_stage(
    name: str, *words: str, environment: Mapping[str, str] | None = None, after: Iterable[str] = ()
) -> Stage:
    return Stage(name, ("{python}", "-m", "pytest", "{report}", *words), "pytest", environment or {}, tuple(after))


def files_that_mark(name: str) -> list[str]:
    """The files with tests of a rare mark: to import all of the others takes longer than most of its tests."""
    files = (path for path in sorted((ROOT / "tests").rglob("test_*.py")) if f"mark.{name}" in path.read_text())
    return [str(path.relative_to(ROOT)) for path in files]


CHECKS = (
    Stage("lint", ("ruff", "check", ".")),
    Stage("format", ("ruff", "format", "--check", ".")),
    Stage("javascript", ("client/node_modules/.bin/biome", "ci", "--error-on-warnings")),
    Stage("imports", ("lint-imports",)),
    Stage("migrations", ("{python}", "manage.py", "makemigrations", "--check", "--dry-run")),
    Stage("django", ("{python}", "-W", "error", "manage.py", "check")),
    Stage("types", ("mypy",)),
)
CLIENT = Stage("client", ("node", "--test", "--test-concurrency=3", "{report}", "client/test/"), "node")
# Under coverage property tests try few examples; those that need no database try all of them here. What measures
# processor time, and what asks thousands of requests, is not run under coverage at all: it takes twice as long.
UNCOVERED = pytest_stage(
    *("uncovered", *PARALLEL),
    *("-m", "((hypothesis and not database) or timing or sweep) and not browser and not bench", "tests"),
)
SQLITE = (
    Stage("erase", ("coverage", "erase")),
    Stage(
        "sqlite",
        ("coverage", "run", "-m", "pytest", "{report}", *PARALLEL, "-m", COVERED),
        "pytest",
        {"MEMFOG_TEST_EXAMPLES": "10"},
    ),
    Stage("combine", ("coverage", "combine", "--quiet")),
    Stage("coverage", ("coverage", "report")),
)
# Only what uses a database; the rest has run already.
POSTGRESQL = pytest_stage(
    *("postgresql", *PARALLEL, "-m", f"(database or postgresql or redis) and {EVERYWHERE}", "tests"),
    environment={"MEMFOG_TEST_POSTGRES": POSTGRES, "MEMFOG_TEST_REDIS": REDIS},
)
FAULTS = pytest_stage(
    *("faults", "-m", "faults", "-p", "no:randomly", "tests/faults"), environment={"MEMFOG_TEST_FAULTS": "bounded"}
)
BROWSER = pytest_stage("browser", "-m", "browser and not real_client", *files_that_mark("browser"))
REAL_CLIENT = pytest_stage("client-real", *PARALLEL[:2], "--dist", "load", "-m", "real_client", "tests")
# Two other scanners of secrets look at what redaction leaves.
JUDGES = Stage(
    "judges",
    ("node", "client/testing/judges.js", "--python", "{python}", "--secretlint", os.environ.get("SECRETLINT", "")),
)
# Last, when nothing else runs beside it for long.
BENCHES = pytest_stage("benches", "-m", "bench", "tests/benches", environment={"MEMFOG_TEST_POSTGRES": POSTGRES})

# What needs no service and no browser.
LOCAL = (SQLITE, (*CHECKS, UNCOVERED, CLIENT))
# What needs PostgreSQL, Redis, Chromium and the real client, too.
ALL = ((*SQLITE, POSTGRESQL, FAULTS), (*CHECKS, UNCOVERED, CLIENT, JUDGES, BROWSER, REAL_CLIENT, BENCHES))
