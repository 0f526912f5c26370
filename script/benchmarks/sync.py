"""`script/bench sync`: three data directories on loopback, two laptops and a cloud, digests equal in the end.

Says how many events a second go up and come down, and the most memory that a sync takes. `script/bench sync EVENTS`
takes another number. It needs no PostgreSQL: this is what a laptop does.
"""

import resource
import time
from contextlib import ExitStack
from dataclasses import dataclass

from script.benchmarks import stand
from tests.sync.own import Own


@dataclass(frozen=True)
class Size:
    events: int


FULL, SMOKE = Size(events=20_000), Size(events=500)
AT_ONCE = 500


def main(size: Size) -> None:
    with ExitStack() as stack:
        one, two, cloud = places = [Own(stand.SCRATCH / name) for name in ("one", "two", "cloud")]
        for place in places:
            stack.callback(place.close)
        fill(one, size.events)
        link = ("--to", cloud.server.url, "--token", cloud.token("sync"), "--once")
        up, down = timed(one, *link), timed(two, *link)
        stand.say(f"{size.events:,} events of {len(stand.payload()):,} bytes, a second up", size.events / up)
        stand.say("and down", size.events / down)
        # Of all children that have ended by now: the servers have not.
        stand.say("the most memory of a sync, MB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        digests = {place.run("digest") for place in places}
        assert len(digests) == 1, digests
        stand.say(f"the digest of all three:\n{digests.pop()}")


def fill(place: Own, events: int) -> None:
    text = stand.payload()
    for _ in range(0, events, AT_ONCE):
        place.push(*(stand.event(text) for _ in range(AT_ONCE)))


def timed(place: Own, *link: str) -> float:
    """Seconds that one command takes, its start included."""
    start = time.monotonic()
    place.run("sync", *link)
    return time.monotonic() - start
