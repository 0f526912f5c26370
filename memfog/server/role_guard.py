"""Stops a web process whose database role bypasses row-level security."""

import asyncio
import logging
import signal

from accounts.api_base import problem
from events.endpoints import async_http
from events.isolation.database_role import explain_unsafe_role

RETRY_PAUSE_S = 5.0

logger = logging.getLogger(__name__)


async def explain_refusal() -> str | None:
    """Returns why this process must not serve; empty if it may, None while the database does not answer."""
    try:
        return await async_http.run_in_thread(explain_unsafe_role)
    except Exception as error:
        if problem.from_exception(error) is None:
            raise
        return None


async def guard_role() -> None:
    """Waits until the database answers, and ends this process if its role is unsafe."""
    while (refusal := await explain_refusal()) is None:
        await asyncio.sleep(RETRY_PAUSE_S)
    if refusal:
        logger.critical("%s", refusal)
        signal.raise_signal(signal.SIGTERM)
