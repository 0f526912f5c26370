"""`script/bench notify`: measures the time from a request for permission to the push message at a push service.

The push service is on loopback. The time starts before the event is sent; without a worker, and with one.
"""

import os
import time
from dataclasses import dataclass
from uuid import uuid4

import httpx

from accounts.credentials import api_tokens
from memory.notifications import notice_settings
from script.benchmarks.shared import harness
from script.benchmarks.shared.redis_server import start_redis
from tests.environment import free_port
from tests.memory.notifications.now import asks
from tests.memory.notifications.push_service import Subscription
from tests.memory.notifications.receiver import Receiver, receiving
from tests.people import make_user
from tests.server import Server


@dataclass(frozen=True)
class Size:
    requests: int


FULL, SMOKE = Size(requests=60), Size(requests=3)
REQUEST_PAUSE_S, GOAL_MS = 0.2, 1_000.0  # seconds; milliseconds, p95


def main(size: Size) -> None:
    measure_server("without a worker", size.requests, has_worker=False)
    with start_redis() as url:
        os.environ["REDIS_URL"] = url
        measure_server("with a worker", size.requests, has_worker=True)
        del os.environ["REDIS_URL"]


def measure_server(name: str, requests: int, *, has_worker: bool) -> None:
    server = Server(free_port(), PUSH_TO_LOOPBACK="1").start()
    try:
        if has_worker:
            server.start_worker()
        with receiving() as receiver:
            latencies = sorted(measure(server, receiver, requests))
    finally:
        server.stop()
    figures = harness.median(latencies), harness.percentile(latencies, 95), latencies[-1]
    label = f"permission asked → push, {name}, ms: median, p95, maximum"
    harness.print_row(label, *figures, f"p95 ≤ {GOAL_MS:.0f}")


def measure(server: Server, receiver: Receiver, requests: int) -> list[float]:
    """Returns the milliseconds of each request for permission, of sessions of one user. Every push must arrive."""
    user_id = make_user().id
    token = api_tokens.sign(api_tokens.create(user_id, name="bench").id)
    notice_settings.add_channel(user_id, "push", "Browser", Subscription(receiver.url).form)
    latencies = []
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        for number in range(requests):
            time.sleep(REQUEST_PAUSE_S)
            *before, request = asks(session=str(uuid4()))
            client.post("/ingest", json={"events": before}).raise_for_status()
            sent_at = time.monotonic()
            client.post("/ingest", json=request).raise_for_status()
            latencies.append((receiver.wait(number + 1)[number].at - sent_at) * 1_000)
    return latencies
