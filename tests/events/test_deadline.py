"""Work for a client that left stops: counted in steps, in the module itself and through the front door."""

import asyncio
from collections.abc import Callable, Iterable
from math import inf
from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.api_base.problem import Problem
from events import deadline
from events.endpoints import async_http
from memfog.server.front_door import FrontDoor
from memfog.server.page_budget import PageBudgetMiddleware
from tests.server import DEADLINE

STEPS, FEW = 1_000_000, 1_000  # steps of work that is never stopped


def steps_of(work: Callable[[], object], most: int = STEPS) -> int:
    """Returns the number of steps until the work is stopped; at most `most`."""
    for step in range(most):
        try:
            work()
        except Problem:
            return step
    return most


def test_without_a_limit_it_goes_on() -> None:
    for _ in range(1_000):
        deadline.check()
    with deadline.time_limit(DEADLINE):
        deadline.check()


def test_it_ends_when_its_time_is_over() -> None:
    with deadline.time_limit(0.05):
        began = monotonic()
        assert steps_of(deadline.check) < STEPS
        assert monotonic() - began >= 0.05
    deadline.check()


def test_an_inner_limit_is_no_longer_than_the_outer_one() -> None:
    with deadline.time_limit(-1), deadline.time_limit(inf), pytest.raises(Problem):
        deadline.check()
    with deadline.time_limit(inf):
        with deadline.time_limit(-1), pytest.raises(Problem):
            deadline.check()
        deadline.check()


def test_it_ends_once_it_is_given_up_whoever_waits_for_it_within() -> None:
    with deadline.time_limit(inf) as wait, deadline.time_limit(inf) as inner:
        deadline.check()
        wait.cancel()
        assert steps_of(deadline.check) == 0
        assert wait.cancel_called
        assert not inner.cancel_called


class Client:
    """A client of the front door: sends one request, and disconnects when `leaves` is set."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()
        self.answers: list[Any] = []
        self.asked = False

    async def receive(self) -> Any:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.answers.append(message)


def scope(path: str, method: str = "GET") -> Any:
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded")]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
        "http_version": "1.1",
    }


class Page:
    """A page that takes a thousand steps unless it is stopped. It records when it began and how many steps it took."""

    def __init__(self) -> None:
        self.began, self.steps = Event(), -1
        self.left = Event()

    def __call__(self, environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.began.set()
        assert self.left.wait(DEADLINE)
        self.steps = steps_of(deadline.check, FEW)
        start_response("200 OK", [])
        return [b"done"]


@pytest.mark.parametrize(("method", "steps"), [("GET", 0), ("HEAD", 0), ("POST", FEW)])
def test_a_page_ends_when_its_client_leaves_but_a_change_is_made(method: str, steps: int) -> None:
    assert asyncio.run(leave(Page(), Client(), method)) == steps


async def leave(page: Page, client: Client, method: str) -> int:
    door = FrontDoor({}, {}, page)
    answering = asyncio.create_task(door(scope("/sessions/a", method), client.receive, client.send))
    await asyncio.to_thread(page.began.wait, DEADLINE)
    client.leaves.set()
    await asyncio.sleep(0)  # the front door notices the disconnect
    await asyncio.sleep(0)
    page.left.set()
    await answering
    return page.steps


def test_a_native_read_does_not_begin_for_whoever_left() -> None:
    begun: list[int] = []

    async def read() -> None:
        with deadline.time_limit(inf) as wait:
            await async_http.run_in_thread(begun.append, 1)
            wait.cancel()
            with pytest.raises(Problem):
                await async_http.run_in_thread(begun.append, 2)

    asyncio.run(read())
    assert begun == [1]


@pytest.mark.parametrize(("method", "asked"), [("GET", 1), ("POST", 3)])
def test_no_statement_is_asked_for_whoever_left(
    database: None, method: str, asked: int, django_db_blocker: Any
) -> None:
    """A page runs several statements, as a search does.

    After the client left, a GET runs no more, and a POST completes.
    """
    made: list[int] = []

    def page(request: Any) -> Any:
        for number in range(3):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            made.append(number)
            wait.cancel()
        return HttpResponse()

    with django_db_blocker.unblock(), deadline.time_limit(inf) as wait:
        answer = PageBudgetMiddleware(page)
        try:
            answer(RequestFactory().generic(method, "/search"))
        except Problem:
            assert method == "GET"
    assert len(made) == asked
