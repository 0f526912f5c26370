"""Three data directories, each with its own server: two laptops and a cloud. Real processes, some of them killed."""

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest

from tests.events.make import make_event
from tests.forking import Forked
from tests.sync.own import SECONDS, Own
from tests.sync.tap import Answer, Asked, Cut, Tap
from tests.sync.test_converging import TIMES

# The number of the request at which a sync is killed, and whether before or after the other side has done it.
KILLS = [(1, "after"), (2, "before"), (3, "after"), (4, "after"), (5, "before")]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Own]]:
    with ExitStack() as stack:
        made = []
        for name in ("first", "second", "cloud"):
            made.append(Own(tmp_path_factory.mktemp(name)))
            stack.callback(made[-1].close)
        yield made


@pytest.fixture(scope="module")
def tap(places: list[Own]) -> Iterator[Tap]:
    with Tap(places[2].server.url).running() as running:
        yield running


def digests(places: list[Own]) -> set[str]:
    return {place.run("digest") for place in places}


def write(place: Own, dice: random.Random) -> set[str]:
    events = [make_event(id=str(UUID(int=dice.getrandbits(128))), ts=dice.choice(TIMES)) for _ in range(5)]
    place.push(*events)
    return {event["id"] for event in events}


def delete(place: Own, dice: random.Random) -> set[str]:
    ids = place.ids()
    # Also the newest event, to which cursors point.
    chosen = {*dice.sample(ids, 2), ids[-1]}
    place.delete(*chosen)
    return chosen


def killed(place: Own, tap: Tap, at: int, when: str, *options: str) -> int:
    """Kills a sync with signal 9 at one of its requests. Returns the exit code."""
    running: list[Forked] = []

    def kill(asked: Asked) -> Answer | None:
        if asked.number >= at:
            running[0].kill()
            raise Cut
        return None

    tap.reset()
    setattr(tap, when, kill)
    running.append(place.begin("sync", *options))
    running[0].communicate(timeout=SECONDS)
    tap.reset()
    return running[0].wait()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_that_were_killed_in_the_middle_end_with_the_same(places: list[Own], tap: Tap) -> None:
    first, second, cloud = places
    dice = random.Random(1)
    token = cloud.token("sync")
    left = {id_ for place in places for id_ in place.ids()}
    for place in places:
        left |= write(place, dice)
    for place, (at, when) in zip((first, second) * 3, KILLS, strict=False):
        assert killed(place, tap, at, when, "--to", tap.url, "--token", token, "--once") == -signal.SIGKILL
        for changed in places:
            left |= write(changed, dice)
        left -= delete(dice.choice(places), dice)
    for place in (first, second, first):
        assert place.run("sync", "--to", tap.url, "--token", token, "--once").startswith("In sync: ")
    assert len(digests(places)) == 1
    assert set(cloud.ids()) == left
    assert "no new events" in first.run("sync")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_copy_of_the_clouds_data_put_back_loses_nothing(places: list[Own], tap: Tap, tmp_path: Path) -> None:
    first, second, cloud = places
    dice = random.Random(2)
    token = cloud.token("sync")
    for place in (first, second, first):
        write(place, dice)
        place.run("sync", "--to", tap.url, "--token", token, "--once")
    cloud.server.stop()
    database = cloud.server.data / "memfog.sqlite3"
    old = {path.name: path.read_bytes() for path in database.parent.glob("memfog.sqlite3*")}
    cloud.server.start()
    left = set(first.ids())
    for place in (first, second):
        left |= write(place, dice)
        left -= delete(place, dice)
        place.run("sync")
    cloud.server.stop()
    for path in database.parent.glob("memfog.sqlite3*"):
        path.unlink()
    for name, data in old.items():
        (database.parent / name).write_bytes(data)
    cloud.server.start()
    left |= write(cloud, dice)
    for place in (first, second, first):
        place.run("sync")
    assert len(digests(places)) == 1
    assert set(cloud.ids()) == left
