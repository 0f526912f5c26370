"""Processor time and memory of groups of processes, and of the database's backends, while a benchmark runs."""

import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import psycopg

from script.benchmarks.shared import harness

DATABASE = "postgresql"  # the name of the group of backends
_LAG_SQL = """
SELECT (extract(epoch FROM clock_timestamp()) * 1000000 - event.received_us) / 1000000.0
FROM events_stream stream LEFT JOIN memory_projectionstate state USING (user_id)
JOIN events_event event ON event.user_id = stream.user_id AND event.seq = COALESCE(state.cursor, 0) + 1
WHERE stream.head > COALESCE(state.cursor, 0)"""
_BACKENDS_SQL = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend'"""


def connect_as_superuser() -> "psycopg.Connection[tuple[float]]":
    """Connects to the scratch database as the superuser, to whom row-level security does not apply."""
    superuser, database = os.environ["MEMFOG_TEST_POSTGRES"], urlsplit(os.environ["DATABASE_URL"]).path
    return psycopg.connect(urlsplit(superuser)._replace(path=database).geturl(), autocommit=True)


def measure_lags(connection: "psycopg.Connection[tuple[float]]") -> list[float]:
    """Measures for each user with unread events how many seconds ago the oldest of them arrived."""
    return [float(lag) for (lag,) in connection.execute(_LAG_SQL)]


def measure_backends() -> float:
    """Measures the processor seconds of all backends of the scratch databases of this run, since they started."""
    with connect_as_superuser() as connection:
        pattern = urlsplit(os.environ["DATABASE_URL"]).path[1:] + "%"
        query = "SELECT pid FROM pg_stat_activity WHERE datname LIKE %s AND pid <> pg_backend_pid()"
        pids = [int(pid) for (pid,) in connection.execute(query, [pattern])]
    return sum(map(_measure_process, pids))


def _measure_process(pid: int) -> float:
    try:
        return harness.processor_seconds(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it ended


class UsageSampler:
    """Samples in a thread: the groups' processor seconds and megabytes, connections, and lags of the projection."""

    def __init__(self, groups: Mapping[str, Sequence[int]], *, users: int, interval_s: float = 1.0) -> None:
        self.groups, self.users, self.interval_s = groups, users, interval_s
        self.seconds: dict[str, float] = defaultdict(float)
        # With the seconds for which a process was ready to run: on an idle machine it would have run.
        self.wanted_seconds: dict[str, float] = defaultdict(float)
        self.megabytes: dict[str, float] = defaultdict(float)
        self.connections = 0
        self.lags: list[float] = []
        self._last: dict[int, tuple[float, float]] = {}
        self._stop = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "UsageSampler":
        self._start = time.perf_counter()
        self._connection = connect_as_superuser()
        self._sample(is_first=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()
        self.elapsed_s = time.perf_counter() - self._start
        self._connection.close()

    def _run(self) -> None:
        while not self._stop.wait(self.interval_s):
            self._sample()

    def _sample(self, *, is_first: bool = False) -> None:
        backends = [int(pid) for (pid,) in self._connection.execute(_BACKENDS_SQL)]
        self.connections = max(self.connections, len(backends))
        for name, pids in {**self.groups, DATABASE: backends}.items():
            processes = backends if name == DATABASE else [one for pid in pids for one in list_tree(pid)]
            self._add(name, processes, is_first=is_first)
        if not is_first:
            lags = measure_lags(self._connection)
            self.lags += lags + [0.0] * (self.users - len(lags))

    def _add(self, name: str, processes: Sequence[int], *, is_first: bool) -> None:
        megabytes = 0.0
        for pid in processes:
            try:
                seconds, ready = harness.processor_seconds(pid), harness.ready_seconds(pid)
                resident = harness.resident_mb(pid)
            except (FileNotFoundError, ProcessLookupError, StopIteration):
                continue  # it ended
            # A process that started since the last sample has used all of its time since then.
            last_seconds, last_ready = self._last.get(pid, (0.0, 0.0))
            if not is_first:
                self.seconds[name] += seconds - last_seconds
                self.wanted_seconds[name] += seconds - last_seconds + ready - last_ready
            self._last[pid] = seconds, ready
            megabytes += resident
        self.megabytes[name] = max(self.megabytes[name], megabytes)


def list_tree(pid: int) -> list[int]:
    """Lists a process and its descendants."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(one for child in children for one in list_tree(child))]
