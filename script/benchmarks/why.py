"""`script/bench why [REPOSITORIES]`: the share of lines that `memfog why` traces to the right prompt.

For each kind of work (`tests.memory.file_history.scenes`) it makes repositories with several sessions and a person, and
asks the real client for each line. A line counts as false if any other prompt is named.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from script.benchmarks.shared import harness
from tests.memory.file_history.measure import Score, connect, measure
from tests.memory.file_history.scenes import SCENES, play
from tests.people import People
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """Repositories of each kind, and sessions in each."""

    repositories: int
    sessions: int = 3


FULL, SMOKE = Size(repositories=3), Size(repositories=1, sessions=1)
# Where a line is not as an edit wrote it, fewer can be traced.
GOALS = dict.fromkeys(("reformatted", "wrapped", "squashed", "rebased"), "≥ 80, ≤ 1")


def main(size: Size) -> None:
    server = Server(int(os.environ["PORT"]), RATE_EXEMPT_IPS="127.0.0.1").start()
    people = People(server.url)
    try:
        for scene in SCENES:
            measure_scene(people, harness.SCRATCH / scene, scene, size)
    finally:
        people.close()
        server.stop()


def measure_scene(people: People, folder: Path, scene: str, size: Size) -> None:
    scores = list(_measure_repositories(people, folder, scene, size))
    lines, others, right, wrong = (
        sum(getattr(score, name) for score in scores) for name in ("lines", "others", "right", "wrong")
    )
    traced, false = right / lines * 100, wrong / (lines + others) * 100
    label = f"{scene.replace('_', '-')}: lines, traced %, false %"
    harness.print_row(label, float(lines), traced, false, GOALS.get(scene, "≥ 95, ≤ 1"))


def _measure_repositories(people: People, folder: Path, scene: str, size: Size) -> Iterator[Score]:
    for seed in range(size.repositories):
        person, home = people(), folder / str(seed)
        home.mkdir(parents=True)
        connect(home, url=people.url, token=person.token)
        repository = play(scene, home / "work", seed, sessions=size.sessions)
        person.push(*repository.events)
        yield measure(home, repository)
