"""Keeps the cached grants of tokens in use fresh, so that few requests wait for a query before their own work."""

import asyncio
import logging

from django.db import Error

from accounts.api_base.problem import Problem
from accounts.credentials import token_grants
from events.endpoints import async_http

logger = logging.getLogger(__name__)


async def refresh_grants() -> None:
    """Refreshes the grants until cancelled. While the database fails, grants expire and requests load their own."""
    while True:
        await asyncio.sleep(token_grants.REFRESH_INTERVAL_S)
        try:
            await async_http.run_in_thread(token_grants.refresh_used)
        except (Error, Problem) as error:
            logger.info("grants were not refreshed: %s", type(error).__name__)
        except Exception:  # without this task, a server that falls behind would never catch up
            logger.exception("grants were not refreshed")
