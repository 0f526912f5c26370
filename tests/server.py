"""A real Memfog for the tests: the web process, and with Redis a worker, on the scratch database."""

import email
import email.policy
import itertools
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpx

from tests import forking

ROOT = Path(__file__).parent.parent

# Seconds for anything to happen. Only a test that fails waits as long, so it may be long enough for any machine.
DEADLINE = 240.0
# Nothing here speaks TLS, and to read the system's certificates takes longer than most requests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Threads share a client. One that drops a connection for its age may take it from another, which was just given it.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=None)
_sources = itertools.count(1)
T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, what: str = "the condition", seconds: float = DEADLINE) -> T:
    """The first true value of `condition`. Fails after `seconds`."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"{what} did not come true within {seconds} s"
        time.sleep(0.02)
    return value


def new_address() -> str:
    """One of this machine's own from which nobody else speaks."""
    number = next(_sources)
    return f"127.{1 + os.getpid() % 250}.{number // 250}.{1 + number % 250}"


@cache
def _read_mail(path: Path, changed: int) -> EmailMessage:
    """Once: whoever waits for a mail looks through all of them, again and again."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Server:
    """One web process. `environment` goes over that of the test run."""

    # Whether it is part of the coverage that a run measures. That doubles its time, so only the server of all tests is.
    covered = False

    def __init__(self, port: int, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "PORT": str(port), **environment}
        self.data = Path(self.environment["MEMFOG_DATA"])
        self.processes: list[subprocess.Popen[bytes] | forking.Forked] = []

    def client(self, source: str = "") -> httpx.Client:
        """Speaks from an address of its own, so that none uses up another's rate."""
        transport = httpx.HTTPTransport(local_address=source or new_address(), verify=NO_TLS)
        return httpx.Client(base_url=self.url, transport=transport, timeout=DEADLINE, trust_env=False)

    def start(self) -> "Server":
        environment = self.environment
        forks, words = forking.libraries(covered=self.covered), ["-m", "memfog"]
        self.processes.insert(0, forks.start(words, environment, into=(1, 2), new_session=True))
        wait_for(self.is_up, what="the server")
        return self

    def revive(self) -> int | None:
        """Starts the web process again if it has ended. Returns what it ended with."""
        if (code := self.processes[0].poll()) is not None:
            self.processes.pop(0)
            self.start()
        return code

    def start_worker(self) -> None:
        """Beside the web process: what Celery does in production. Without Redis the web process does it itself."""
        self._run(sys.executable, "-m", "celery", "-A", "memfog", "worker", "-P", "threads", "-c", "2", "-l", "ERROR")

    def _run(self, *command: str) -> None:
        self.processes.append(subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True))

    def is_up(self) -> bool:
        code = self.processes[0].poll()
        assert code is None, f"the server ended with {code}"
        try:
            return httpx.get(f"{self.url}/healthz", verify=NO_TLS, trust_env=False).text == "ok"
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait(DEADLINE)
        self.processes.clear()

    def mails(self) -> Iterator[EmailMessage]:
        """What was mailed so far, oldest first."""
        for path in sorted((self.data / "mail").glob("*"), key=lambda path: path.stat().st_mtime_ns):
            yield _read_mail(path, path.stat().st_mtime_ns)

    @property
    def mailbox(self) -> str:
        """The path that the terminal prints for reading what was mailed."""
        return f"/dev/mail?key={(self.data / 'mailbox_key').read_text()}"

    def mails_to(self, address: str, *, count: int = 1) -> list[EmailMessage]:
        """The mails to this address, once there are `count` of them."""

        def found() -> list[EmailMessage]:
            mails = [mail for mail in self.mails() if address in mail.get("To", "")]
            return mails if len(mails) >= count else []

        return wait_for(found, what=f"{count} mail(s) to {address}")
