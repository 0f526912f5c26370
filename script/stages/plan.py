"""The stages of a test run. Lanes run in parallel, so stages that share a resource are in the same lane."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from script.stages.stage import ROOT, Stage

POSTGRES_URL = os.environ.get("MEMFOG_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("MEMFOG_TEST_REDIS", "redis://127.0.0.1:6379/15")
# Three processes on two cores, since tests wait half of the time. The tests of a file share a process and its servers.
PARALLEL_OPTIONS = ("-n", os.environ.get("MEMFOG_TEST_PROCESSES", "3"), "--dist", "loadfile")


# Tests that run on both databases: all tests without a separate stage.
EVERYWHERE_MARKS = "not browser and not real_client and not faults and not bench and not timing"
COVERED_MARKS = f"{EVERYWHERE_MARKS} and not sweep"


def make_pytest_stage(
    name: str, *arguments: str, environment: Mapping[str, str] | None = None, after: Iterable[str] = ()
) -> Stage:
    return Stage(name, ("{python}", "-m", "pytest", "{report}", *arguments), "pytest", environment or {}, tuple(after))


def list_files_with(*texts: str) -> list[str]:
    """Lists the test files that contain one of these texts.

    For stages with few of the tests: each of their processes would use ten seconds to import all files.
    """
    files = (path for path in sorted((ROOT / "tests").rglob("test_*.py")) if _contains(path, texts))
    return [str(path.relative_to(ROOT)) for path in files]


def _contains(path: Path, texts: Iterable[str]) -> bool:
    content = path.read_text()
    return any(text in content for text in texts)


def list_templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.*")) if path.is_file()]


CHECKS = (
    Stage("lint", ("ruff", "check", ".")),
    Stage("format", ("ruff", "format", "--check", ".")),
    Stage("javascript", ("client/node_modules/.bin/biome", "ci", "--error-on-warnings")),
    Stage("templates", ("djade", "--check", "--target-version", "5.2", *list_templates())),
    Stage("imports", ("lint-imports",)),
    Stage("migrations", ("{python}", "manage.py", "makemigrations", "--check", "--dry-run")),
    Stage("django", ("{python}", "-W", "error", "manage.py", "check")),
    Stage("types", ("mypy",)),
)
CLIENT = Stage("client", ("node", "--test", "--test-concurrency=3", "{report}", "client/test/"), "node")
# Under coverage, property tests try few examples; property tests without a database try all of them in this stage.
# Tests that measure processor time or send thousands of requests run only here: under coverage they take twice as long.
UNCOVERED = make_pytest_stage(
    *("uncovered", *PARALLEL_OPTIONS),
    *("-m", "((hypothesis and not database) or timing or sweep) and not browser and not bench"),
    # Each property test has one of the first two texts, and therefore hypothesis' mark.
    *list_files_with("given(", "schemathesis", "mark.timing", "mark.sweep"),
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
# Only tests that use a database, which may make a difference to them: the other tests have already run.
POSTGRESQL = make_pytest_stage(
    *("postgresql", *PARALLEL_OPTIONS),
    *("-m", f"((database and not one_database) or postgresql or redis) and {EVERYWHERE_MARKS}", "tests"),
    environment={
        "MEMFOG_TEST_POSTGRES": POSTGRES_URL,
        "MEMFOG_TEST_REDIS": REDIS_URL,
        "MEMFOG_TEST_EXAMPLES": "40",  # each uses the database
        "MEMFOG_TEST_SHARE": "3",  # of the hostile requests that the stage `uncovered` sends in full
    },
)
FAULTS = make_pytest_stage(
    *("faults", "-m", "faults", "-p", "no:randomly", "tests/faults"), environment={"MEMFOG_TEST_FAULTS": "bounded"}
)
BROWSER = make_pytest_stage(
    *("browser", "-n", "2", "--dist", "loadfile", "-m", "browser and not real_client"), *list_files_with("mark.browser")
)
REAL_CLIENT = make_pytest_stage(
    *("client-real", *PARALLEL_OPTIONS[:2], "--dist", "load", "-m", "real_client"), *list_files_with("mark.real_client")
)
SECRETLINT_PATH = os.environ.get("SECRETLINT", "")
# Two other secret scanners check the text after redaction.
SECRET_SCANNERS = Stage(
    "secret-scanners",
    ("node", "client/testing/secrets/judges.js", "--python", "{python}", "--secretlint", SECRETLINT_PATH),
)
# It needs root, debootstrap, and a network with packages of Debian and Python.
DEPLOY = Stage("deploy", ("script/deploy-check",))
# Last in its lane, so that few other stages run at the same time.
BENCHMARKS = make_pytest_stage(
    "benchmarks", "-m", "bench", "tests/benches", environment={"MEMFOG_TEST_POSTGRES": POSTGRES_URL}
)

# Stages that need no service and no browser.
LOCAL_LANES = (SQLITE, (*CHECKS, UNCOVERED, CLIENT))
# All stages: they need PostgreSQL, Redis, Chromium and the real client. The third lane waits for most of its time.
ALL_LANES = (
    (*SQLITE, POSTGRESQL, BENCHMARKS),
    (*CHECKS, UNCOVERED, CLIENT, SECRET_SCANNERS, BROWSER),
    (FAULTS, REAL_CLIENT, DEPLOY),
)
