"""`script/bench hook [rounds]`: what a hook costs beside a bare `node -e 0` and `sh -c true` in the same run."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent.parent / "client/bench/hook.js"

if __name__ == "__main__":
    sys.exit(subprocess.run(["node", str(BENCH), *sys.argv[1:]], check=False).returncode)
