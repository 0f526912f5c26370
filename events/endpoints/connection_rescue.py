"""Frees the threads of a request whose database connection hangs for longer than the request waits.

PostgreSQL ends a statement that takes too long, but a frozen backend or a lost network never says so, and a thread that
waits cannot be interrupted. When its socket is shut down, the driver reports a broken connection.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections


class ConnectionRescue:
    """The database connections that threads use for one request."""

    def __init__(self) -> None:
        self._lock, self._databases = Lock(), list[Any]()

    @contextmanager
    def watch(self, database: Any) -> Iterator[None]:
        with self._lock:
            self._databases.append(database)
        try:
            yield
        finally:
            with self._lock:  # the thread continues with other requests, whose connection must stay open
                self._databases.remove(database)

    def shut_down(self) -> None:
        """Breaks the connections that are still in use."""
        with self._lock:
            for database in self._databases:
                _shut_down_socket(database.connection)


_rescue: ContextVar[ConnectionRescue | None] = ContextVar("connection_rescue", default=None)


@contextmanager
def rescue_threads() -> Iterator[ConnectionRescue]:
    """Collects the connections of threads that run with a copy of the block's context."""
    rescue = ConnectionRescue()
    token = _rescue.set(rescue)
    try:
        yield rescue
    finally:
        _rescue.reset(token)


@contextmanager
def expose_connection() -> Iterator[None]:
    """Lets the request of this thread break the thread's connection. For reads: a change runs to its end."""
    rescue = _rescue.get()
    if rescue is None or connection.vendor != "postgresql":
        yield
        return
    # Not the proxy, which stands for another connection in each thread.
    with rescue.watch(connections[DEFAULT_DB_ALIAS]):
        yield


def _shut_down_socket(postgresql: "psycopg.Connection[Any] | None") -> None:
    with suppress(OSError, psycopg.Error):  # it was closed meanwhile
        if postgresql is not None and not postgresql.closed:
            with socket.socket(fileno=os.dup(postgresql.pgconn.socket)) as copy:
                copy.shutdown(socket.SHUT_RDWR)
