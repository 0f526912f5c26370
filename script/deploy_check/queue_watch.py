"""Watches which tasks are put into the queue."""

import re
import threading
from contextlib import suppress

from redis import Redis, RedisError

TASK = re.compile(r'\\?"task\\?": \\?"([\w.]+)')


class QueueWatch:
    """Collects the names of tasks that were sent to the Redis of the machine since it was made."""

    def __init__(self, url: str) -> None:
        self.tasks: set[str] = set()
        # The queue may be still for long.
        self._redis = Redis.from_url(url, socket_timeout=None)
        self._redis.ping()
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        # Until Redis stops, at the end of the run.
        with suppress(RedisError), self._redis.monitor() as monitor:  # type: ignore[no-untyped-call]
            for command in monitor.listen():
                self.tasks.update(TASK.findall(command["command"]))
