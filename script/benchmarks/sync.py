"""`script/bench sync`: syncs two laptops and a server on loopback until all three digests are equal.

Each has a data directory. Prints the events per second of push and pull, and the peak memory of a sync. It needs no
PostgreSQL, since it measures a laptop. `script/bench sync EVENTS` sets another number.
"""

import resource
import time
from contextlib import ExitStack
from dataclasses import dataclass

from script.benchmarks.shared import harness
from tests.sync.own import Own


@dataclass(frozen=True)
class Size:
    events: int


FULL, SMOKE = Size(events=20_000), Size(events=500)
BATCH_SIZE = 500


def main(size: Size) -> None:
    with ExitStack() as stack:
        first_laptop, second_laptop, cloud = machines = [
            Own(harness.SCRATCH / name) for name in ("one", "two", "cloud")
        ]
        for machine in machines:
            stack.callback(machine.close)
        fill_log(first_laptop, size.events)
        link = ("--to", cloud.server.url, "--token", cloud.token("sync"), "--once")
        up, down = measure_command(first_laptop, *link), measure_command(second_laptop, *link)
        harness.print_row(
            f"{size.events:,} events of {len(harness.make_payload()):,} bytes, a second up", size.events / up
        )
        harness.print_row("and down", size.events / down)
        # The peak of all children that have ended, so not of the servers, which still run.
        harness.print_row("peak memory of a sync, MB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        digests = {machine.run("digest") for machine in machines}
        assert len(digests) == 1, digests
        harness.print_row(f"the digest of all three:\n{digests.pop()}")


def fill_log(machine: Own, events: int) -> None:
    text = harness.make_payload()
    for _ in range(0, events, BATCH_SIZE):
        machine.push(*(harness.make_event(text) for _ in range(BATCH_SIZE)))


def measure_command(machine: Own, *link: str) -> float:
    """Measures the seconds of one sync command, including its start."""
    start = time.monotonic()
    machine.run("sync", *link)
    return time.monotonic() - start
