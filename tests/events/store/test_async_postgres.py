"""The event loop's connections to PostgreSQL: they carry any size, and outlive a broken connection and an error."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, LiteralString

import psycopg
import pytest
from django.db import DataError

from events.store.async_postgres import AsyncPostgresPool
from events.work_kinds import INGEST
from tests.server import DEADLINE

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("database")]
Use = Callable[[AsyncPostgresPool], Coroutine[Any, Any, None]]


def run(use: Use) -> None:
    async def main() -> None:
        pool = AsyncPostgresPool(INGEST, size=1)
        try:
            await use(pool)
        finally:
            pool.close()

    asyncio.run(main())


def ask_as_superuser(statement: LiteralString, process: int) -> object:
    # Not by Django's connection, which refuses to be used on an event loop.
    with psycopg.connect(os.environ["MEMFOG_TEST_POSTGRES"]) as superuser:
        row = superuser.execute(statement, [process]).fetchone()
        return row and row[0]


def terminate(process: int) -> None:
    assert ask_as_superuser("SELECT pg_terminate_backend(%s, 5000)", process) is True


async def wait_until_active(process: int) -> None:
    async with asyncio.timeout(DEADLINE):
        while ask_as_superuser("SELECT state FROM pg_stat_activity WHERE pid = %s", process) != "active":
            await asyncio.sleep(0.02)


async def ask(pool: AsyncPostgresPool) -> int:
    ((process,),) = await pool.fetch(b"SELECT pg_backend_pid()", ())
    return int(process)


@pytest.mark.parametrize("size", [0, 1, 100_000, 20_000_000])
def test_values_of_any_size_arrive_and_return(size: int) -> None:
    async def use(pool: AsyncPostgresPool) -> None:
        value = bytes(size)
        rows = await pool.fetch(b"SELECT n, %b FROM generate_series(1, 2) n", (value,))
        assert rows == [(1, value), (2, value)]
        assert await pool.fetch(b"SELECT 1 WHERE %b", (False,)) == []

    run(use)


@pytest.mark.parametrize("turns", [0, 5], ids=["unnoticed", "noticed"])
def test_a_connection_that_broke_while_it_was_idle_is_replaced(turns: int) -> None:
    async def use(pool: AsyncPostgresPool) -> None:
        first = await ask(pool)
        assert await ask(pool) == first
        terminate(first)
        for _ in range(turns):
            await asyncio.sleep(0)  # the event loop reads that the connection ended
        assert await ask(pool) != first

    run(use)


def test_a_statement_whose_connection_breaks_runs_once_more() -> None:
    async def use(pool: AsyncPostgresPool) -> None:
        first = await ask(pool)
        waiting = asyncio.create_task(pool.fetch(b"SELECT pg_backend_pid(), pg_sleep(%b)", (2.0,)))
        await wait_until_active(first)
        terminate(first)
        ((process, _),) = await waiting
        assert process != first

    run(use)


def test_an_error_is_that_of_django_and_leaves_the_connection() -> None:
    async def use(pool: AsyncPostgresPool) -> None:
        first = await ask(pool)
        for _ in range(2):
            with pytest.raises(DataError):
                await pool.fetch(b"SELECT 1 / %b", (0,))
        assert await ask(pool) == first

    run(use)


def test_a_statement_that_is_given_up_takes_its_connection_with_it() -> None:
    async def use(pool: AsyncPostgresPool) -> None:
        first = await ask(pool)
        waiting = asyncio.create_task(pool.fetch(b"SELECT pg_sleep(%b)", (60.0,)))
        await wait_until_active(first)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await ask(pool) != first

    run(use)
