"""Finds out whether PostgreSQL's row-level security applies to the role of this process."""

from django.conf import settings
from django.db import connection

UNSAFE_SQL = """
SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)
"""
OWNED_SQL = "SELECT current_user FROM pg_tables WHERE tablename = 'events_event' AND tableowner = current_user"


def explain_unsafe_role() -> str:
    """Returns why this server must not run as its role, and what to do; empty if it may.

    Raises django.db.Error if the database does not answer.
    """
    if settings.ON_SQLITE or not (rows := _fetch(UNSAFE_SQL)):
        return ""
    role, is_superuser, _ = rows[0]
    reason = "is a superuser" if is_superuser else "has BYPASSRLS"
    return (
        f"The role `{role}` of DATABASE_URL {reason}, so row-level security does not separate users. "
        f"Use another role, or run: ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS"
    )


def owns_tables() -> bool:
    """Whether the role of this process owns the tables, and so could change their policies. False on SQLite."""
    return not settings.ON_SQLITE and bool(_fetch(OWNED_SQL))


def has_statement_timeout() -> bool:
    """Whether a new connection has a limit for its statements. True on SQLite."""
    return settings.ON_SQLITE or _fetch("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'") != [("0",)]


def _fetch(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
