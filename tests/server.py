"""A real Memfog server for the tests: the web process, and with Redis a worker, on the scratch database."""

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

# Seconds to wait for a condition. Only a test that fails waits this long, so that a slow machine has enough time.
DEADLINE = 240.0
# No test server uses TLS, and reading the system's certificates takes longer than most requests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Threads share a client. A thread that closes an expired connection could take it from a thread that just got it.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=None)
_sources = itertools.count(1)
T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, what: str = "the condition", seconds: float = DEADLINE) -> T:
    """Returns the first true value of `condition`. Raises AssertionError after `seconds`. `what` is for the message."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"timed out after {seconds} s while waiting for {what}"
        time.sleep(0.02)
    return value


def wait_for_answer(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Asks again, as people and programs do, while a server on a busy machine answers that it is too busy (503)."""

    def ask_once() -> httpx.Response | None:
        answer = ask()
        return None if answer.status_code == 503 and "retry-after" in answer.headers else answer

    answer = wait_for(ask_once, what="another answer than 503")
    assert answer is not None
    return answer


def new_address() -> str:
    """Returns a loopback address from which no other client sends."""
    number = next(_sources)
    return f"127.{1 + os.getpid() % 250}.{number // 250}.{1 + number % 250}"


@cache
def _read_mail(path: Path, changed: int) -> EmailMessage:
    """Reads a mail. Cached: a test that waits for a mail reads all mails many times."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Server:
    """One web process. `environment` overrides variables of the test run."""

    # Whether a run measures the coverage of this server. That doubles its time, so only the shared server is measured.
    covered = False

    def __init__(self, port: int, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "PORT": str(port), **environment}
        self.data = Path(self.environment["MEMFOG_DATA"])
        self.processes: list[subprocess.Popen[bytes] | forking.Forked] = []

    def client(self, source: str = "") -> httpx.Client:
        """Returns a client that sends from its own address, so that clients do not share a rate limit."""
        transport = httpx.HTTPTransport(local_address=source or new_address(), verify=NO_TLS)
        return httpx.Client(base_url=self.url, transport=transport, timeout=DEADLINE, trust_env=False)

    def start(self) -> "Server":
        environment = {**self.environment, **(forking.COVERED if self.covered else {})}
        forks, words = forking.libraries(covered=self.covered), ["-m", "memfog"]
        self.processes.insert(0, forks.start(words, environment, into=(1, 2), new_session=True))
        wait_for(self.is_up, what="the server")
        return self

    def revive(self) -> int | None:
        """Restarts the web process if it has ended. Returns its exit code, or None if it still runs."""
        if (code := self.processes[0].poll()) is not None:
            self.processes.pop(0)
            self.start()
        return code

    def start_worker(self) -> None:
        """Starts a Celery worker, as in production. Without Redis the web process runs the tasks itself."""
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
        """Yields the mails that were sent so far, oldest first."""
        for path in sorted((self.data / "mail").glob("*"), key=lambda path: path.stat().st_mtime_ns):
            yield _read_mail(path, path.stat().st_mtime_ns)

    @property
    def mailbox(self) -> str:
        """The path of the mailbox page, as the terminal prints it."""
        return f"/dev/mail?key={(self.data / 'mailbox_key').read_text()}"

    def mails_to(self, address: str, *, count: int = 1) -> list[EmailMessage]:
        """Waits until `count` mails to this address were sent. Returns them."""

        def found() -> list[EmailMessage]:
            mails = [mail for mail in self.mails() if address in mail.get("To", "")]
            return mails if len(mails) >= count else []

        return wait_for(found, what=f"{count} mail(s) to {address}")
