"""Ends a web process when its parent process ends.

A killed parent cannot stop its children. They would continue to serve on the same port beside their successors, with
outdated code and settings.
"""

import asyncio
import logging
import multiprocessing
import os
import signal

logger = logging.getLogger(__name__)

CHECK_INTERVAL_S = 0.5  # seconds between checks


async def watch_parent() -> None:
    """Shuts this process down in order once its parent has ended. Runs until cancelled."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    while os.getppid() == parent.pid:
        await asyncio.sleep(CHECK_INTERVAL_S)
    logger.warning("The parent process has ended; shutting down")
    os.kill(os.getpid(), signal.SIGTERM)
