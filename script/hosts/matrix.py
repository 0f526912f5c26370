"""`script/host-versions matrix [VERSION…]`: prints a table of Claude Code versions × checks."""

import sys
import tempfile
from pathlib import Path

from script.hosts.installs import install, program_path
from tests.real_client.versions import CHECKS, Check, run

DEFAULT_VERSIONS = (
    "2.0.0 2.0.14 2.0.44 2.0.56 2.1.20 2.1.33 2.1.84 2.1.100 2.1.101 2.1.120 2.1.138 2.1.139 2.1.200 2.1.332"
)


def run_check(check: Check, claude: Path, version: str) -> str:
    """Runs a check. Returns `ok` or the reason for the failure."""
    with tempfile.TemporaryDirectory(prefix="memfog-matrix-", ignore_cleanup_errors=True) as folder:
        try:
            run(check, claude, version, Path(folder))
        except Exception as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return "ok"


def print_row(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def main(versions: list[str]) -> None:
    print_row("version", *CHECKS)
    print_row(*["---"] * (len(CHECKS) + 1))
    failed = False
    for version in versions:
        with install(version) as folder:
            outcomes = [run_check(check, program_path(folder), version) for check in CHECKS.values()]
        print_row(version, *outcomes)
        failed |= any(outcome != "ok" for outcome in outcomes)
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:] or DEFAULT_VERSIONS.split())
