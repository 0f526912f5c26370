"""Celery beat with a heartbeat that beat's own loop sends."""

import logging
import time
from typing import Any

from celery.beat import PersistentScheduler
from redis import RedisError

from memfog.monitoring import heartbeats

logger = logging.getLogger(__name__)


class WatchedScheduler(PersistentScheduler):
    """The scheduler of `celery beat`; `memfog.celery` names it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._shown_at = 0.0
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Sends what is due, and returns the seconds until the next tick: at most those between heartbeats."""
        if time.monotonic() - self._shown_at >= heartbeats.INTERVAL_S:
            self._show()
        return min(float(super().tick(*args, **kwargs)), heartbeats.INTERVAL_S)

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        try:
            heartbeats.show("beat")
        except RedisError as error:
            logger.warning("The heartbeat was not recorded: %s", type(error).__name__)

    def close(self) -> None:
        super().close()
        try:
            heartbeats.withdraw("beat")
        except RedisError:
            logger.info("The heartbeat of this beat was not withdrawn")
