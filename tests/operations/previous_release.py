"""The code of the previous release, as git has it, and what it must still do on the schema of this one.

`script/previous_release` holds its commit. A release that is made puts its own there.
"""

import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import httpx

from tests.accounts.calls import bearer, press
from tests.memory.make import event
from tests.people import PASSWORD
from tests.server import ROOT

EMAIL = "ada@example.com"
# Run by the old code. Prints an API token.
MAKE_USER = f"""
from accounts.credentials import api_tokens
from tests.people import make_user
print(api_tokens.sign(api_tokens.create(make_user("{EMAIL}").id, name="old").id))
"""
PAGES = ("/", "/sessions", "/sessions/s1", "/insights", "/memory", "/search?q=refunds", "/settings", "/status")
READS = ("/me", "/api/sessions", "/api/sessions/s1", "/api/search?q=refunds", "/api/context")


class MissingCommitError(Exception):
    """The previous release is not in this clone."""


def read_commit() -> str:
    return (ROOT / "script/previous_release").read_text().strip()


def unpack(to: Path, *, repository: Path = ROOT) -> None:
    """Writes the files of the previous release into a folder. Raises MissingCommitError."""
    commit = _require_commit(repository)
    archive = _git(repository, "archive", commit, ".", ":!client", ":!docs").stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(to, filter="data")


def list_migrations(*, repository: Path = ROOT) -> set[str]:
    """The migrations of the previous release, as `app.name`. Raises MissingCommitError."""
    commit = _require_commit(repository)
    listed = _git(repository, "ls-tree", "-r", "--name-only", commit).stdout.decode().splitlines()
    found = (Path(path) for path in listed if "/migrations/0" in path)
    return {f"{path.parts[0]}.{path.stem}" for path in found}


def _require_commit(repository: Path) -> str:
    commit = read_commit()
    if _git(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        raise MissingCommitError(
            f"The previous release, {commit}, is not in this clone. Fetch the whole history: git fetch --unshallow"
        )
    return commit


def _git(repository: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    # The files of a clone may belong to another user than the one who runs the tests.
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=repository, capture_output=True, check=False)


def find_failures(http: httpx.Client, token: str) -> Iterator[str]:
    """Uses a server as clients and browsers do. Yields what it answers wrong."""
    yield from _expect(http.get("/readyz"))
    yield from _expect(http.post("/auth/login", json={"email": EMAIL, "password": PASSWORD}))
    one, more = event("prompt_submit", 1, prompt="Mend the refunds"), [event("stop", n) for n in range(2, 5)]
    for _ in range(2):
        yield from _expect(http.post("/ingest", json=one, headers=bearer(token)))
        yield from _expect(http.post("/sync/push", json={"events": more}, headers=bearer(token)))
    yield from _find_failures_of_reading(http, token, {one["id"], *(each["id"] for each in more)})
    yield from _expect(press(http, "/sign-in", email=EMAIL, password=PASSWORD), 302)
    for path in PAGES:
        yield from _expect(http.get(path))


def _find_failures_of_reading(http: httpx.Client, token: str, ids: set[str]) -> Iterator[str]:
    pulled = http.post("/sync/pull", json={"cursor": ""}, headers=bearer(token))
    yield from _expect(pulled)
    if pulled.status_code == 200 and {each["id"] for each in pulled.json()["events"]} != ids:
        yield "POST /sync/pull: other events than were sent"
    with http.stream("GET", "/api/events/stream?cursor=0", headers=bearer(token)) as stream:
        yield from _expect(stream)
        # At first a greeting, then four events of four lines; a stream without events says something every 15 seconds.
        if "event: event" not in islice(stream.iter_lines(), 8):
            yield "GET /api/events/stream: no event"
    for path in READS:
        yield from _expect(http.get(path, headers=bearer(token)))


def _expect(answer: httpx.Response, status: int = 200) -> Iterator[str]:
    if answer.status_code != status:
        yield f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
