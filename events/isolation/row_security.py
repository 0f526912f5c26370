"""The second wall between users: PostgreSQL's row-level security on the tables of the log (see the migration).

A statement sees and writes the rows of the users named in `memfog.users`, and none when nobody is named: a query that
forgot whose rows it wants gets the caller's own, or nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import local
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

# For whom this thread acts, as long as it does. Each thread has a connection of its own.
_thread_state = local()


@contextmanager
def acting_for(user_id: UUID) -> Iterator[None]:
    """Within it, this thread's connection reaches the rows of this user. On SQLite there is no such wall.

    It is a transaction, and the name ends with it: kept by the connection, it would serve the next caller too. Within
    one for the same user nothing is to be done, so a door may put several reads into one. On SQLite none is begun,
    since each would wait for the one that writes.
    """
    previous_id = getattr(_thread_state, "user_id", None)
    if connection.vendor != "postgresql" or previous_id == user_id:
        yield
        return
    with transaction.atomic():
        _set_current_user(user_id)
        _thread_state.user_id = user_id
        try:
            yield
        finally:
            _thread_state.user_id = previous_id
        if previous_id is not None:
            _set_current_user(previous_id)


def _set_current_user(user_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('memfog.users', %s, true)", [str(user_id)])


def acting_for_user(function: Callable[Concatenate[UUID, P], R]) -> Callable[Concatenate[UUID, P], R]:
    """A function that acts for the user who is its first argument."""

    @wraps(function)
    def wrapper(user_id: UUID, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with acting_for(user_id):
            return function(user_id, *args, **kwargs)

    return wrapper
