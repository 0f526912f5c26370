"""A Redis of the benchmark's own, on loopback and without a file."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError

from script.benchmarks.shared import harness
from tests.environment import free_port
from tests.server import wait_for


@contextmanager
def start_redis() -> Iterator[str]:
    """Runs a Redis, and yields its URL."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(harness.SCRATCH)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        wait_for(lambda: is_up(url), what="Redis")
        yield url
    finally:
        process.terminate()
        process.wait()


def is_up(url: str) -> bool:
    try:
        return bool(Redis.from_url(url).ping())
    except (RedisError, OSError):
        return False
