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

LOOK = 0.5  # seconds between looks


async def watch() -> None:
    """Ends this process, in its orderly way, once the one that started it is gone. Until cancelled."""
    above = multiprocessing.parent_process()
    if above is None:
        return
    while os.getppid() == above.pid:
        await asyncio.sleep(LOOK)
    logger.warning("The process above is gone; this one ends")
    os.kill(os.getpid(), signal.SIGTERM)
