"""The list of benchmarks with the database, programs and variables that each needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class BenchmarkNeeds:
    """The needs of a benchmark. `database` is a key of `PREPARATIONS`; `programs` must be on the path.

    `module` is the module of a benchmark without one of its own name.
    """

    database: str
    programs: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    module: str = ""


POSTGRESQL = "postgresql"
SQLITE = "sqlite"
EITHER = "either"  # PostgreSQL with `MEMFOG_TEST_POSTGRES`, else SQLite
NO_DATABASE = "nothing"

BENCHMARKS: Mapping[str, BenchmarkNeeds] = {
    "arrival": BenchmarkNeeds(SQLITE, ("node",)),
    "backup": BenchmarkNeeds(POSTGRESQL, ("age", "age-keygen", "pg_dump", "zstd")),
    "commits": BenchmarkNeeds(EITHER, module="lines_and_commits.commits"),
    "context": BenchmarkNeeds(NO_DATABASE, ("node",)),
    "fleet": BenchmarkNeeds(POSTGRESQL, ("redis-server",)),
    "growth": BenchmarkNeeds(POSTGRESQL),
    "hook": BenchmarkNeeds(NO_DATABASE, ("node",)),
    "hostile": BenchmarkNeeds(POSTGRESQL),
    "ingest": BenchmarkNeeds(POSTGRESQL, ("npm", "pgbench", "redis-server", "wrk")),
    "laptop": BenchmarkNeeds(SQLITE),
    "laptop_pages": BenchmarkNeeds(SQLITE, module="pages"),
    "live": BenchmarkNeeds(POSTGRESQL),
    "memory": BenchmarkNeeds(POSTGRESQL),
    "notify": BenchmarkNeeds(POSTGRESQL, ("redis-server",)),
    "pages": BenchmarkNeeds(POSTGRESQL),
    "search": BenchmarkNeeds(POSTGRESQL),
    "session": BenchmarkNeeds(POSTGRESQL, ("node",), ("CLAUDE_BIN",)),
    "sync": BenchmarkNeeds(SQLITE),
    "usage": BenchmarkNeeds(NO_DATABASE, ("node", "npm")),
    "trace": BenchmarkNeeds(POSTGRESQL, ("chromium",)),
    "traced": BenchmarkNeeds(SQLITE, ("git", "node"), module="lines_and_commits.traced"),
    "why": BenchmarkNeeds(SQLITE, ("git", "node")),
}

# How to install each missing program or set each missing variable.
INSTALL_ADVICE: Mapping[str, str] = {
    "CLAUDE_BIN": "npm install @anthropic-ai/claude-code, then CLAUDE_BIN=…/node_modules/.bin/claude",
    "age": "apt-get install age",
    "age-keygen": "apt-get install age",
    "chromium": "apt-get install chromium",
    "git": "apt-get install git",
    "node": "Node 20 or later",
    "npm": "Node 20 or later, with npm",
    "pg_dump": "apt-get install postgresql-client",
    "pgbench": "apt-get install postgresql",
    "redis-server": "apt-get install redis-server",
    "wrk": "apt-get install wrk",
    "zstd": "apt-get install zstd",
}


def find_module(name: str) -> str:
    """Returns the name of the module of a benchmark."""
    return f"script.benchmarks.{BENCHMARKS[name].module or name}"


def list_missing(
    benchmark: BenchmarkNeeds, has_program: Callable[[str], bool], variables: Mapping[str, str]
) -> list[str]:
    """Lists the missing programs and variables of a benchmark, one line each: the name and how to get it."""
    programs = [name for name in benchmark.programs if not has_program(name)]
    unset = [name for name in benchmark.variables if not variables.get(name)]
    return [f"{name}: {INSTALL_ADVICE[name]}" for name in (*programs, *unset)]
