"""Sets the user for PostgreSQL's row-level security on the tables of the log (see the migration).

A statement reads and writes only rows of the users in the setting `memfog.users`, and no rows if it is empty. So a
query without a user filter returns the caller's rows, or nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from threading import local
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection, transaction

from events.isolation import work_limits

P = ParamSpec("P")
R = TypeVar("R")

# The users whom this thread acts for. Each thread has its own connection.
_thread_state = local()


@contextmanager
def acting_for(user_id: UUID) -> Iterator[None]:
    """Allows this thread's connection to access the rows of this user within the block. Does nothing on SQLite.

    The block is a transaction, and the setting ends with it: otherwise the connection would keep the setting for the
    next caller. A nested block for the same user does nothing, so an entry point may combine several reads. SQLite
    has no row-level security, and a transaction would wait for the current writer.
    """
    with acting_for_group([user_id]):
        yield


@contextmanager
def acting_for_group(user_ids: Sequence[UUID]) -> Iterator[None]:
    """The same for several users, whose rows a worker writes with the same statements."""
    users, previous = tuple(user_ids), getattr(_thread_state, "users", ())
    if connection.vendor != "postgresql" or previous == users:
        yield
        return
    with transaction.atomic():
        _set_current_users(users)
        _thread_state.users = users
        try:
            yield
        finally:
            _thread_state.users = previous
        if previous:
            _set_current_users(previous)


@contextmanager
def acting_for_claimed(user_ids: Sequence[UUID]) -> Iterator[None]:
    """The same for users whom a statement of the caller's transaction has put into the setting already."""
    _thread_state.users = tuple(user_ids)
    try:
        yield
    finally:
        _thread_state.users = ()


def _set_current_users(user_ids: Sequence[UUID]) -> None:
    values = {"memfog.users": ",".join(map(str, user_ids)), **work_limits.get_transaction_settings()}
    # Not `set_config`: Citus passes on only `SET LOCAL` to other nodes (docs/scale.md).
    statements = "; ".join(f"SET LOCAL {name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(statements, list(values.values()))


def acting_for_user(function: Callable[Concatenate[UUID, P], R]) -> Callable[Concatenate[UUID, P], R]:
    """Decorator: runs a function within `acting_for` the user in its first argument."""

    @wraps(function)
    def wrapper(user_id: UUID, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with acting_for(user_id):
            return function(user_id, *args, **kwargs)

    return wrapper
