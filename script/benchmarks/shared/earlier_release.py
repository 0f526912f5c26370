"""A server of an earlier release, with which a benchmark compares this one in the same run.

`EARLIER` names its checkout, with its own `.venv` if it needs other packages than this one:
`mkdir /tmp/earlier && git archive COMMIT | tar x -C /tmp/earlier`.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from script.benchmarks.shared import harness
from tests.environment import free_port
from tests.server import wait_for

# The module of the tokens has had two places.
_SIGN_UP_SCRIPT = """
from tests.people import make_user
try:
    from accounts.credentials import api_tokens
except ImportError:
    from accounts import tokens as api_tokens
print(api_tokens.sign(make_user().tokens.get().id))
"""


class EarlierRelease:
    """A web process of the earlier release on a database of its own; an empty URL means SQLite."""

    def __init__(self, name: str, database_url: str, redis_url: str) -> None:
        self.checkout, port = Path(os.environ["EARLIER"]), free_port()
        self.url, data = f"http://127.0.0.1:{port}", harness.SCRATCH / name
        data.mkdir()
        own = self.checkout / ".venv" / "bin" / "python"
        self._python = str(own) if own.exists() else sys.executable
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MEMFOG_TEST")},
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "MEMFOG_DATA": str(data),
            "PORT": str(port),
        }
        self._run("manage.py", "migrate", "--verbosity", "0")
        self.token = self._run("manage.py", "shell", "--verbosity", "0", "-c", _SIGN_UP_SCRIPT).split()[-1]
        command = [self._python, "-W", "ignore", "-m", "memfog", "--no-open"]
        self.process = subprocess.Popen(
            command, cwd=self.checkout, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._is_up, what="the earlier release")

    def _run(self, *command: str) -> str:
        options = {"cwd": self.checkout, "env": self._environment, "text": True, "check": True}
        output = subprocess.run([self._python, "-W", "ignore", *command], stdout=subprocess.PIPE, **options)  # type: ignore[call-overload]
        return str(output.stdout)

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).text == "ok"
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
