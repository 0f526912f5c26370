"""A web process ends with the one above it.

That one may be killed where it can tell nobody. Left alone, its children would serve on beside their successors,
on the same port, with the code and the settings of yesterday.
"""

import asyncio
import logging
import multiprocessing
import os
import signal

logger = logging.getLogger(__name__)

CHECK_INTERVAL_S = 0.5  # seconds between looks


async def watch_parent() -> None:
    """Ends this process, in its orderly way, once the one that started it is gone. Until cancelled."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    while os.getppid() == parent.pid:
        await asyncio.sleep(CHECK_INTERVAL_S)
    logger.warning("The process above is gone; this one ends")
    os.kill(os.getpid(), signal.SIGTERM)
