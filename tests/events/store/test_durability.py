"""Acknowledged events survive a killed process. A failure is reported to its client and affects no other user."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
from django.db import transaction

from events.deletion import log_erasure
from tests.events.make import make_event
from tests.people import People, Person
from tests.server import DEADLINE, Server


def test_what_was_acknowledged_survives_kill_9(spare: Server, alice: Person) -> None:
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(_: int) -> None:
        with httpx.Client(base_url=spare.url, headers=alice.http.headers, timeout=DEADLINE, verify=False) as client:
            while True:
                event = make_event()
                try:
                    answer = client.post("/ingest", json=event)
                except httpx.TransportError:
                    return
                assert answer.json() == {"accepted": 1}
                acknowledged.append(event["id"])
                if len(acknowledged) > 300:
                    enough.set()

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, n) for n in range(8)]
        assert enough.wait(60)
        os.killpg(spare.processes[0].pid, signal.SIGKILL)
        for writer in writers:
            writer.result()
    stored = [event["id"] for event in alice.walk()]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


def test_a_user_who_is_gone_fails_alone(alice: Person, people: People) -> None:
    """Requests of both users are in flight at once, so that some share a commit."""
    gone = people()
    assert gone.push(make_event()) == {"accepted": 1}
    with transaction.atomic():
        log_erasure.erase(gone.id)
        gone.user.delete()

    def post(person: Person, project: str) -> int:
        return person.http.post("/ingest", json=make_event(project=project)).status_code

    # Later all are of a location that the server does not know.
    for round_ in range(2):
        projects = [make_event()["project"], f"/new/{round_}", f"/new/{round_}/b"] * 10
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(post, [gone, alice] * 30, [project for one in projects for project in (one, one)]))
        assert set(statuses[1::2]) == {200}
        assert set(statuses[0::2]) == {401}
    assert len(alice.walk()) == 60
