"""Writes what machines reported of themselves, some seconds after their requests."""

import asyncio
import logging

from django.db import Error

from accounts.api_base.problem import Problem
from accounts.machines import machine_reports
from events.endpoints import async_http

logger = logging.getLogger(__name__)


async def write_reports() -> None:
    """Writes the noted reports until cancelled. While the database fails, they are lost."""
    while True:
        await asyncio.sleep(machine_reports.WRITE_INTERVAL_S)
        if not machine_reports.has_noted():
            continue
        try:
            await async_http.run_in_thread(machine_reports.write_noted)
        except (Error, Problem) as error:
            logger.info("reports of machines were not written: %s", type(error).__name__)
        except Exception:  # without it the page of machines would not change until a restart
            logger.exception("reports of machines were not written")
