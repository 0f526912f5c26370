"""A network that resets or slows connections or drops their data: its clients try again, others notice nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults import checks
from tests.faults.conftest import Size
from tests.faults.parts import pace
from tests.faults.parts.memfog import Memfog, Owner
from tests.faults.parts.proxy import Proxy
from tests.faults.traffic import Traffic

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

PACE = 0.1  # seconds that a client waits between two events
PATIENCE = 180.0  # seconds for all clients to finish
NAMES = {
    "reset": "Proxy: reset after the request was sent",
    "trickle": "Proxy: 1 byte/s",
    "swallow": "Proxy: black hole",
}


@pytest.mark.parametrize("manner", NAMES)
def test_who_is_behind_a_bad_network_comes_again(memfog: Memfog, owner: Owner, size: Size, manner: str) -> None:
    """During the fault it affects every second connection of sixteen clients."""
    with Proxy(memfog.url) as proxy, Traffic(proxy.url, owner, pace=PACE, fresh=True) as traffic:

        @contextmanager
        def fault() -> Iterator[None]:
            proxy.manners = (manner, "honest")
            yield
            proxy.manners = ("honest",)

        pace.is_kept(NAMES[manner], memfog, memfog.owner(), fault, size)
        traffic.finish(PATIENCE)
    checks.nothing_lost(NAMES[manner], proxy.met[manner], memfog, traffic)
    assert proxy.met[manner]
    assert traffic.tally.broken
