"""`script/bench hook [ROUNDS]`: compares the cost of a hook with `node -e 0` and `sh -c true` in the same run."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BENCHMARK_PATH = Path(__file__).parent.parent.parent / "client/bench/hook.js"


@dataclass(frozen=True)
class Size:
    """The number of rounds; None means the default of the script."""

    rounds: int | None


FULL, SMOKE = Size(rounds=None), Size(rounds=1)


def main(size: Size) -> None:
    rounds = [] if size.rounds is None else [str(size.rounds)]
    sys.exit(subprocess.run(["node", str(BENCHMARK_PATH), *rounds], check=False).returncode)
