"""Behind pgbouncer in transaction mode everything works, and a restart of it loses nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.events.make import make_event
from tests.faults import checks
from tests.faults.conftest import Size
from tests.faults.open_streams import OpenStreams
from tests.faults.parts.cluster import ROLE, Cluster, PgBouncer, RedisServer
from tests.faults.parts.memfog import Memfog
from tests.faults.traffic import Traffic, walk
from tests.people import PASSWORD
from tests.server import ROOT, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

NAME = "memfog_pooled"
PAGES = ("/", "/sessions", "/sessions/s1", "/search?q=bash", "/insights", "/memory", "/settings", "/machines")
ROUNDS = 8  # of each request: a driver prepares a statement that it sees for the fifth time
RESTARTS = 3
NAMES = f"SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = '{NAME}'"
# As `docs/deploy.md` asks for.
LIMITS = {"statement_timeout": "120s", "idle_in_transaction_session_timeout": "30s"}


@pytest.fixture(scope="module")
def bouncer(scratch: Path, cluster: Cluster) -> Iterator[PgBouncer]:
    made = PgBouncer(scratch / "bouncer", cluster)
    made.service.start()
    yield made
    made.service.stop()


@pytest.fixture(scope="module")
def pooled(scratch: Path, cluster: Cluster, bouncer: PgBouncer, redis: RedisServer) -> Iterator[Memfog]:
    (scratch / "pooled").mkdir()
    database = cluster.database(NAME)
    for name, value in LIMITS.items():
        cluster.ask(f"ALTER ROLE {ROLE} IN DATABASE {NAME} SET {name} = '{value}'")
    made = Memfog(scratch / "pooled", database=database, pooler=bouncer.url(NAME), redis=redis.url, processes=2)
    yield made.start()
    made.stop()


def test_everything_works_behind_it(pooled: Memfog, cluster: Cluster) -> None:
    owner = pooled.owner()
    cookie = {"Cookie": f"session={owner.session}"}
    with httpx.Client(base_url=pooled.url, headers=owner.headers, timeout=60, verify=False) as http:
        with OpenStreams(pooled, [owner], 2) as streams:
            sent = [id_ for _ in range(ROUNDS) for id_ in _send(http)]
            wait_for(lambda: streams.missing(owner, sent) == 0, what="the streams")
            assert (streams.repeated(), streams.cut()) == (0, 0)
        assert walk(pooled.url, owner) == sent
        for _ in range(ROUNDS):
            statuses = {path: http.get(path, headers=cookie, follow_redirects=True).status_code for path in PAGES}
            assert statuses == dict.fromkeys(PAGES, 200)
            assert http.get("/api/context?project=/home/dev/my-repo").status_code == 200
        email = http.get("/me").json()["email"]
        signed_in = http.post("/auth/login", json={"email": email, "password": PASSWORD})
        access = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        gone = http.request("DELETE", "/api/events", json={"ids": sent[:5]}, headers=access)
        assert (gone.status_code, gone.json()) == (200, {"deleted": 5})
        assert len(http.get("/api/export", headers=access).text.splitlines()) == len(sent) - 5
        assert http.request("DELETE", "/me", json={"password": PASSWORD}, headers=access).status_code == 204
    names = {name for (name,) in cluster.ask(NAMES)}
    assert {"memfog page", "memfog ingest", "memfog stream"} & names


def _send(http: httpx.Client) -> list[str]:
    """A single event, a batch of a folder of its own, and a push; sent twice, stored once."""
    single, pushed = make_event(), make_event()
    batch = [make_event(project=f"/home/dev/{uuid4().hex}") for _ in range(3)]
    for accepted in (1, 0):
        assert http.post("/ingest", json=single).json()["accepted"] == accepted
    assert http.post("/ingest", json={"events": batch}).json()["accepted"] == len(batch)
    assert http.post("/sync/push", json={"events": [pushed, single]}).json()["accepted"] == 1
    return [event["id"] for event in (single, *batch, pushed)]


def test_a_backup_asks_for_the_database_itself(pooled: Memfog, scratch: Path) -> None:
    key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    backups = {"BACKUP_URL": str(scratch / "store"), "BACKUP_RECIPIENTS": key}
    environment = {**os.environ, **pooled.environment, **pooled.pooled, **backups}
    command = [sys.executable, "manage.py", "backup_now"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "not of a pooler" in done.stderr + done.stdout


def test_a_restart_of_it_loses_nothing(pooled: Memfog, cluster: Cluster, bouncer: PgBouncer, size: Size) -> None:
    owners = pooled.owners(10)
    starts = pooled.web.starts, *pooled.web_workers()
    with OpenStreams(pooled, owners, 20) as streams:
        with Traffic(pooled.url, owners[0], pace=size.pace) as traffic:
            for _ in range(RESTARTS):
                _wait_for_more(traffic)
                bouncer.service.stop()
                time.sleep(size.outage / RESTARTS)
                bouncer.service.start()
            traffic.finish()
        wait_for(lambda: streams.missing(owners[0], traffic.tally.sent) == 0, what="the streams", seconds=60)
        assert (streams.repeated(), streams.cut()) == (0, 0)
    checks.nothing_lost("pgbouncer restarted", RESTARTS, pooled, traffic)
    assert (pooled.web.starts, *pooled.web_workers()) == starts, "it recovered by a restart"
    (numbers,) = cluster.ask(checks.numbers_of(owners[0]), NAME)
    checks.numbered_without_gaps(numbers)


def _wait_for_more(traffic: Traffic) -> None:
    already = len(traffic.tally.acknowledged)
    wait_for(lambda: len(traffic.tally.acknowledged) > already + 100, what="traffic")
