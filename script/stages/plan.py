"""The stages of a test run. Lanes run side by side, so what shares a resource stands in one lane."""

import os
from collections.abc import Iterable, Mapping

from script.stages.stage import ROOT, Stage

POSTGRES_URL = os.environ.get("MEMFOG_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("MEMFOG_TEST_REDIS", "redis://127.0.0.1:6379/15")
# Three processes on two cores: tests wait half of their time. A file stays in one process, with its servers.
PARALLEL_OPTIONS = ("-n", os.environ.get("MEMFOG_TEST_PROCESSES", "3"), "--dist", "loadfile")


# What runs on both databases: all but what has a stage of its own.
EVERYWHERE_MARKS = "not browser and not real_client and not faults and not bench and not timing"
COVERED_MARKS = f"{EVERYWHERE_MARKS} and not sweep"


def make_pytest_stage(
    name: str, *arguments: str, environment: Mapping[str, str] | None = None, after: Iterable[str] = ()
) -> Stage:
    return Stage(name, ("{python}", "-m", "pytest", "{report}", *arguments), "pytest", environment or {}, tuple(after))


def list_files_with_mark(mark: str) -> list[str]:
    """The files with tests of a rare mark: to import all of the others takes longer than most of its tests."""
    files = (path for path in sorted((ROOT / "tests").rglob("test_*.py")) if f"mark.{mark}" in path.read_text())
    return [str(path.relative_to(ROOT)) for path in files]


def list_templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.*")) if path.is_file()]


CHECKS = (
    Stage("lint", ("ruff", "check", ".")),
    Stage("format", ("ruff", "format", "--check", ".")),
    Stage("templates", ("djade", "--check", "--target-version", "5.2", *list_templates())),
    Stage("imports", ("lint-imports",)),
    Stage("migrations", ("{python}", "manage.py", "makemigrations", "--check", "--dry-run")),
    Stage("django", ("{python}", "-W", "error", "manage.py", "check")),
    Stage("types", ("mypy",)),
)
CLIENT = Stage("client", ("node", "--test", "--test-concurrency=3", "{report}", "client/test/"), "node")
# Under coverage property tests try few examples; those that need no database try all of them here. What measures
# processor time, and what asks thousands of requests, is not run under coverage at all: it takes twice as long.
UNCOVERED = make_pytest_stage(
    *("uncovered", *PARALLEL_OPTIONS),
    *("-m", "((hypothesis and not database) or timing or sweep) and not browser and not bench", "tests"),
)
SQLITE = (
    Stage("erase", ("coverage", "erase")),
    Stage(
        "sqlite",
        ("coverage", "run", "-m", "pytest", "{report}", *PARALLEL_OPTIONS, "-m", COVERED_MARKS),
        "pytest",
        {"MEMFOG_TEST_EXAMPLES": "10"},
    ),
    Stage("combine", ("coverage", "combine", "--quiet")),
    Stage("coverage", ("coverage", "report")),
)
# Only what uses a database; the rest has run already.
POSTGRESQL = make_pytest_stage(
    *("postgresql", *PARALLEL_OPTIONS, "-m", f"(database or postgresql or redis) and {EVERYWHERE_MARKS}", "tests"),
    environment={"MEMFOG_TEST_POSTGRES": POSTGRES_URL, "MEMFOG_TEST_REDIS": REDIS_URL},
)
FAULTS = make_pytest_stage(
    *("faults", "-m", "faults", "-p", "no:randomly", "tests/faults"), environment={"MEMFOG_TEST_FAULTS": "bounded"}
)
BROWSER = make_pytest_stage("browser", "-m", "browser and not real_client", *list_files_with_mark("browser"))
REAL_CLIENT = make_pytest_stage("client-real", *PARALLEL_OPTIONS[:2], "--dist", "load", "-m", "real_client", "tests")
# Two other scanners of secrets look at what redaction leaves.
SECRET_SCANNERS = Stage(
    "judges",
    ("node", "client/testing/judges.js", "--python", "{python}", "--secretlint", os.environ.get("SECRETLINT", "")),
)
# Last, when nothing else runs beside it for long.
BENCHMARKS = make_pytest_stage(
    "benches", "-m", "bench", "tests/benches", environment={"MEMFOG_TEST_POSTGRES": POSTGRES_URL}
)

# What needs no service and no browser.
LOCAL_LANES = (SQLITE, (*CHECKS, UNCOVERED, CLIENT))
# What needs PostgreSQL, Redis, Chromium and the real client, too.
ALL_LANES = (
    (*SQLITE, POSTGRESQL, FAULTS),
    (*CHECKS, UNCOVERED, CLIENT, SECRET_SCANNERS, BROWSER, REAL_CLIENT, BENCHMARKS),
)
