"""Applies the limits of a kind of work (`events.work_kinds`) to this process, or to one transaction."""

from typing import Any

from django.conf import settings
from django.db import connection, connections

from events.work_kinds import COMMAND, COMPILES_PLANS, WorkKind

_current = COMMAND


def use(kind: WorkKind) -> None:
    """Sets the kind of work of the process, for connections that it opens from now on."""
    global _current  # set once, when the process starts
    _current = kind
    if not settings.ON_SQLITE:
        connections.settings["default"]["OPTIONS"].update(make_connection_options(kind))


def make_connection_options(kind: WorkKind) -> dict[str, Any]:
    return kind.make_options(pooled=settings.DATABASE_POOLED, extra=settings.DATABASE_EXTRA_OPTIONS)


def get_transaction_settings() -> dict[str, str]:
    """Returns the settings that a transaction needs where a pooler opened its connection for other work."""
    settings_of_pooled = {"statement_timeout": f"{_current.statement_s}s", "jit": COMPILES_PLANS}
    return settings_of_pooled if settings.DATABASE_POOLED else {}


def limit_connection(kind: WorkKind) -> None:
    """Applies the limits of this kind of work to this thread's connection, but not to one that a pooler shares."""
    if not settings.DATABASE_POOLED:
        _set_statement_timeout(kind, within_transaction=False)


def limit_transaction(kind: WorkKind) -> None:
    """Applies the limits of this kind of work to the current transaction."""
    _set_statement_timeout(kind, within_transaction=True)


def _set_statement_timeout(kind: WorkKind, *, within_transaction: bool) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, %s)", [f"{kind.statement_s}s", within_transaction]
            )
