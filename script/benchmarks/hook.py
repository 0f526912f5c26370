"""`script/bench hook [ROUNDS]`: what a hook costs beside a bare `node -e 0` and `sh -c true` in the same run."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BENCHMARK_PATH = Path(__file__).parent.parent.parent / "client/bench/hook.js"


@dataclass(frozen=True)
class Size:
    """Without a number of rounds the script knows how many."""

    rounds: int | None


FULL, SMOKE = Size(rounds=None), Size(rounds=1)


def main(size: Size) -> None:
    rounds = [] if size.rounds is None else [str(size.rounds)]
    sys.exit(subprocess.run(["node", str(BENCHMARK_PATH), *rounds], check=False).returncode)
