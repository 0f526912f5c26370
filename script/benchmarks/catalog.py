"""Every benchmark, what it stands on, and what must be there for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Bench:
    """`ground` names a function of `script.benchmarks.ground`; `programs` are looked for on the path."""

    ground: str
    programs: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


POSTGRESQL = "postgresql"
SQLITE = "sqlite"
NOTHING = "nothing"

BENCHES: Mapping[str, Bench] = {
    "arrival": Bench(SQLITE, ("node",)),
    "backup": Bench(POSTGRESQL, ("age", "age-keygen", "pg_dump", "zstd")),
    "growth": Bench(POSTGRESQL),
    "hook": Bench(NOTHING, ("node",)),
    "hostile": Bench(POSTGRESQL),
    "ingest": Bench(POSTGRESQL, ("npm", "pgbench", "wrk")),
    "laptop": Bench(SQLITE),
    "live": Bench(POSTGRESQL),
    "memory": Bench(POSTGRESQL),
    "pages": Bench(POSTGRESQL),
    "search": Bench(POSTGRESQL),
    "session": Bench(POSTGRESQL, ("node",), ("CLAUDE_BIN",)),
    "sync": Bench(SQLITE),
    "trace": Bench(POSTGRESQL, ("chromium",)),
}

# How to get what is missing.
ADVICE: Mapping[str, str] = {
    "CLAUDE_BIN": "npm install @anthropic-ai/claude-code, then CLAUDE_BIN=…/node_modules/.bin/claude",
    "age": "apt-get install age",
    "age-keygen": "apt-get install age",
    "chromium": "apt-get install chromium",
    "node": "Node 20 or later",
    "npm": "Node 20 or later, with npm",
    "pg_dump": "apt-get install postgresql-client",
    "pgbench": "apt-get install postgresql",
    "wrk": "apt-get install wrk",
    "zstd": "apt-get install zstd",
}


def list_missing(bench: Bench, has_program: Callable[[str], bool], variables: Mapping[str, str]) -> list[str]:
    """A line for each thing that this benchmark needs and this machine lacks: its name, and how to get it."""
    programs = [name for name in bench.programs if not has_program(name)]
    unset = [name for name in bench.variables if not variables.get(name)]
    return [f"{name}: {ADVICE[name]}" for name in (*programs, *unset)]
