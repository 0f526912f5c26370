"""Computes from the cost of an event what a number of users needs. Pure."""

import math
from typing import NamedTuple

MORE_USERS = (10_000, 100_000)
CORE_SHARE = 0.6  # of a core's time that the plan uses: the rest is for peaks
# Connections that a process holds under load; a web process has threads for Django and connections of the event loop.
CONNECTIONS_PER_WEB_PROCESS, CONNECTIONS_PER_WORKER_PROCESS = 16, 1


class FleetCost(NamedTuple):
    """Microseconds of processor time that an event costs, by kind of process, and its bytes on disk."""

    web_us: float
    worker_us: float
    database_us: float
    disk_bytes: float


class FleetNeeds(NamedTuple):
    """Cores by kind of process, connections to the database, and gigabytes that a day adds."""

    web_cores: float
    worker_cores: float
    database_cores: float
    connections: float
    gigabytes_a_day: float

    @property
    def cores(self) -> tuple[float, float, float]:
        return self.web_cores, self.worker_cores, self.database_cores


def compute_needs(cost: FleetCost, *, users: int, events_per_user_s: float, hours: float) -> FleetNeeds:
    """Computes the needs of users who are all active at once, for `hours` of a day. A process uses one core."""
    per_second = users * events_per_user_s
    web, worker, database = (per_second * us / 1e6 / CORE_SHARE for us in cost[:3])
    connections = math.ceil(web) * CONNECTIONS_PER_WEB_PROCESS + math.ceil(worker) * CONNECTIONS_PER_WORKER_PROCESS
    return FleetNeeds(web, worker, database, connections, per_second * hours * 3600 * cost.disk_bytes / 1e9)
