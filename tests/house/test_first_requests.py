"""Many simultaneous requests right after a start: all are answered, although the process builds shared values then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.environment import free_port
from tests.people import Person
from tests.server import Server

AT_ONCE = 8
# The reference and its OpenAPI document come first, while no value is cached.
PUBLIC: tuple[str, ...] = (
    "/docs/api",
    "/openapi.json",
    "/",
    "/docs",
    "/memfog.tgz",
    "/sign-in",
    "/sign-up",
    "/forgot-password",
)
PUBLIC += ("/privacy", "/terms", "/security", "/status", "/readyz", "/reset-password?token=x", "/static/css/base.css")


@pytest.fixture(params=["/openapi.json", "/docs/api"])
def fresh(request: pytest.FixtureRequest, server: Server) -> Iterator[tuple[Server, str]]:
    """A server that has answered only `/healthz`, and the path of the first request."""
    running = Server(free_port()).start()
    yield running, request.param
    running.stop()


def at_once(server: Server, path: str, headers: dict[str, str]) -> list[int]:
    """Returns the statuses of eight requests that start at the same time."""
    together = Barrier(AT_ONCE)

    def ask(_: int) -> int:
        with httpx.Client(base_url=server.url, timeout=60, verify=False, trust_env=False, headers=headers) as http:
            http.get("/healthz")  # opens the connection
            together.wait()
            return http.get(path).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, range(AT_ONCE)))


def test_they_are_all_answered(fresh: tuple[Server, str], alice: Person) -> None:
    server, first = fresh
    for path in (first, *PUBLIC, "/api/search?q=a", "/api/context?project=/a", "/me"):
        statuses = set(at_once(server, path, {"Authorization": f"Bearer {alice.token}"}))
        assert len(statuses) == 1, path
        assert statuses < {200, 400}, path
