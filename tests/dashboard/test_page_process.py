"""The page process makes pages that take long. It runs beside the web process, and only while it is needed."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path

import httpx
import pytest

from accounts.api_base.problem import Problem
from events import deadline
from memfog.server import page_worker
from memfog.server.page_process import PageProcess
from memory.projection import projector
from script.benchmarks.shared import harness
from tests.dashboard.hostile_sessions import hook, session_of, use
from tests.dashboard.visitor import sign_in
from tests.events.test_deadline import STEPS, steps_of
from tests.people import People, Person
from tests.server import DEADLINE, Server, wait_for

# On a fast machine, the page of four such events takes less than what starts the page process.
LONG = [use("nesting", at, "mcp__a__b", {"a": "x"}, [[[]]] * 80_000) for at in range(10)]
PATH = f"/sessions/{session_of(LONG)}"
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture(scope="module")
def owner(server: Server) -> Iterator[Person]:
    """A user with a session whose page takes long."""
    people = People(server.url)
    person = people()
    for event in LONG:
        person.push(event)
    projector.catch_up(person.id)  # so that no page has to project the events
    yield person
    people.close()


@pytest.fixture
def reader(spare: Server, owner: Person) -> Iterator[httpx.Client]:
    """The owner's browser at a separate web process."""
    with spare.client() as http:
        yield sign_in(http, owner.user)


def beside(parent: int) -> list[int]:
    """Returns the ids of the running page processes that this web process started."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def read_long(http: httpx.Client) -> str:
    answer = http.get(PATH)
    assert answer.status_code == 200
    return FORM_TOKEN.sub("", answer.text)


def read_until_beside(http: httpx.Client, parent: int) -> int:
    """Requests the page until the page process makes it. Returns the id of the page process."""
    read_long(http)  # starts it

    def made() -> bool:
        # Until it is ready, the web process makes the page, which takes as long as a start.
        if not beside(parent) or any(map(is_at_work, beside(parent))):
            return False
        before = {pid: harness.processor_seconds(pid) for pid in (parent, *beside(parent))}
        read_long(http)
        here, *there = (harness.processor_seconds(pid) - ticks for pid, ticks in before.items())
        # The start of the page process uses processor time, too.
        return sum(there) > 0.05 and here < sum(there) / 4

    wait_for(made, what="a page made by the page process")
    [pid] = beside(parent)
    return pid


def is_at_work(pid: int) -> bool:
    """Whether the process uses processor time. On a busy machine a wrong answer costs one more page."""
    before = harness.processor_seconds(pid)
    time.sleep(0.1)
    return harness.processor_seconds(pid) > before


@pytest.mark.slow
def test_it_makes_the_same_page_and_leaves_the_web_process_to_others(spare: Server, reader: httpx.Client) -> None:
    parent = spare.processes[0].pid
    assert beside(parent) == []
    first = read_long(reader)
    pid = read_until_beside(reader, parent)
    used = harness.processor_seconds(parent), harness.processor_seconds(pid)
    assert {read_long(reader) for _ in range(5)} == {first}
    assert (harness.processor_seconds(pid) - used[1]) > 2 * (harness.processor_seconds(parent) - used[0])


@pytest.mark.slow
def test_it_reads_on_in_the_log(spare: Server, reader: httpx.Client, owner: Person) -> None:
    read_until_beside(reader, spare.processes[0].pid)
    owner.push(hook("stop", session_of(LONG), last_assistant_message="The last word"))
    assert "The last word" in reader.get(f"{PATH}?at=end").text


@pytest.mark.slow
def test_many_at_once_do_not_queue_for_it(spare: Server, reader: httpx.Client) -> None:
    parent = spare.processes[0].pid
    read_until_beside(reader, parent)
    before = harness.processor_seconds(parent)
    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(lambda _: read_long(reader), range(12)))) == 1
    assert harness.processor_seconds(parent) - before > 0.2, "no page was made by a thread"


def test_what_is_soon_made_starts_none(spare: Server, alice: Person) -> None:
    with spare.client() as http:
        sign_in(http, alice.user)
        for path in ("/sessions", "/search", "/insights", "/memory"):
            assert http.get(path).status_code == 200
    assert beside(spare.processes[0].pid) == []


@pytest.mark.slow
def test_a_killed_one_costs_no_page(spare: Server, reader: httpx.Client) -> None:
    parent = spare.processes[0].pid
    pid = read_until_beside(reader, parent)
    os.kill(pid, signal.SIGKILL)
    read_long(reader)
    assert read_until_beside(reader, parent) != pid


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_web_process(spare: Server, reader: httpx.Client, number: int) -> None:
    pid = read_until_beside(reader, spare.processes[0].pid)
    spare.processes[0].send_signal(number)
    wait_for(lambda: not is_running(pid), what="the end of the page process")
    wait_for(lambda: spare.processes[0].poll() is not None, what="the end of the web process")


def test_it_ends_when_nobody_needs_it() -> None:
    asyncio.run(start_and_forget())


async def start_and_forget() -> None:
    process = PageProcess(idle_timeout_s=inf)
    process.start()
    await until(process, ready=True)
    process.idle_timeout_s = 0.0
    process.start()
    await until(process, ready=False)


async def until(process: PageProcess, *, ready: bool) -> None:
    async with asyncio.timeout(DEADLINE):
        while process.is_ready is not ready:
            await asyncio.sleep(0.01)


def test_a_page_that_nobody_waits_for_ends() -> None:
    left = [0] * page_worker.SLOT_COUNT
    wait = page_worker.NumberedCancelScope(inf, None, None, 65, left)
    with deadline.activate(wait):
        deadline.check()
        left[64 % page_worker.SLOT_COUNT] = 64
        deadline.check()
        left[65 % page_worker.SLOT_COUNT] = 65
        with pytest.raises(Problem):
            deadline.check()
    assert not deadline.is_cancelled()


def test_so_much_processor_time_and_no_more() -> None:
    with deadline.cpu_limit(0.05) as share:
        deadline.check()
        assert steps_of(deadline.check) < STEPS
        assert 0.05 < share.spent < 5
        assert share.is_exhausted
        assert deadline.is_cancelled()
    deadline.check()
