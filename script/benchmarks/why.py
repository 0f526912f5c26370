"""`script/bench why [REPOSITORIES [SESSIONS [SEED]]]`: the share of lines that `memfog why` traces to the right prompt.

For each kind of work (`tests.memory.file_history.scenes`) it makes repositories with several sessions and a person, and
asks the real client for each line. A line counts as false if any other prompt is named. Where CLAUDE_BIN is set,
sessions of Claude Code itself work in one more repository.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from script.benchmarks.shared import harness
from tests.memory.file_history.measure import Score, connect, measure
from tests.memory.file_history.scenes import SCENES, play
from tests.people import People
from tests.real_client.machine import Machine
from tests.real_client.shop import Shop, measure_all
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """Repositories of each kind, sessions in each, and the seed of the first: the rules were tuned with 0 to 9."""

    repositories: int
    sessions: int = 3
    first_seed: int = 100
    real_client: bool = True


FULL, SMOKE = Size(repositories=3), Size(repositories=1, sessions=1, real_client=False)
# Where a line is not as an edit wrote it, fewer can be traced.
GOALS = dict.fromkeys(("reformatted", "wrapped", "squashed", "rebased"), "≥ 80, ≤ 1")


def main(size: Size) -> None:
    server = Server(int(os.environ["PORT"]), RATE_EXEMPT_IPS="127.0.0.1").start()
    people = People(server.url)
    try:
        for scene in SCENES:
            measure_scene(people, harness.SCRATCH / scene, scene, size)
        if size.real_client and "CLAUDE_BIN" in os.environ:
            measure_real_client(people, server.url, harness.SCRATCH / "client")
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


def measure_real_client(people: People, url: str, folder: Path) -> None:
    """The same with sessions of Claude Code itself, answered by a script (`tests.real_client.shop`)."""
    machine = Machine(folder / "home", folder / "project", folder / "recorded", folder / "out")
    machine.connect(people().token, url)
    for name, score in measure_all(Shop(machine)).items():
        is_harder = any(word in name for word in ("formatted", "squashed", "rebased"))
        figures = float(score.lines), score.traced * 100, score.false * 100
        harness.print_row(f"Claude Code, {name}", *figures, "≥ 80, ≤ 1" if is_harder else "≥ 95, ≤ 1")


def _measure_repositories(people: People, folder: Path, scene: str, size: Size) -> Iterator[Score]:
    for seed in range(size.first_seed, size.first_seed + size.repositories):
        person, home = people(), folder / str(seed)
        home.mkdir(parents=True)
        connect(home, url=people.url, token=person.token)
        repository = play(scene, home / "work", seed, sessions=size.sessions)
        person.push(*repository.events)
        yield measure(home, repository)
