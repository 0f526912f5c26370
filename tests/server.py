"""A real Memfog for the tests: the web process, and with Redis a worker, on the scratch database."""

import email
import email.policy
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import httpx

ROOT = Path(__file__).parent.parent

DEADLINE = 30.0  # seconds for anything to happen
_sources = itertools.count(1)
T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, what: str = "the condition", seconds: float = DEADLINE) -> T:
    """The first true value of `condition`. Fails after `seconds`."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"{what} did not come true within {seconds} s"
        time.sleep(0.02)
    return value


class Server:
    """One web process. `environment` goes over that of the test run."""

    def __init__(self, port: int, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "PORT": str(port), **environment}
        self.data = Path(self.environment["MEMFOG_DATA"])
        self.processes: list[subprocess.Popen[bytes]] = []

    def client(self) -> httpx.Client:
        """Speaks from an address of its own, so that none uses up another's rate."""
        number = next(_sources)
        source = f"127.{1 + os.getpid() % 250}.{number // 250}.{1 + number % 250}"
        transport = httpx.HTTPTransport(local_address=source, verify=False)
        return httpx.Client(base_url=self.url, transport=transport, timeout=30)

    def start(self) -> "Server":
        self._run(sys.executable, "-m", "memfog")
        wait_for(self.is_up, what="the server")
        return self

    def start_worker(self) -> None:
        """Beside the web process: what Celery does in production. Without Redis the web process does it itself."""
        self._run(sys.executable, "-m", "celery", "-A", "memfog", "worker", "-P", "threads", "-c", "2", "-l", "ERROR")

    def _run(self, *command: str) -> None:
        self.processes.append(subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True))

    def is_up(self) -> bool:
        assert self.processes[0].poll() is None, "the server ended"
        try:
            return httpx.get(f"{self.url}/healthz").text == "ok"
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
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            yield message

    def mails_to(self, address: str, *, count: int = 1) -> list[EmailMessage]:
        """The mails to this address, once there are `count` of them."""

        def found() -> list[EmailMessage]:
            mails = [mail for mail in self.mails() if address in str(mail["To"])]
            return mails if len(mails) >= count else []

        return wait_for(found, what=f"{count} mail(s) to {address}")
