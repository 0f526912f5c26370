"""Columns that SQLite keeps shorter than they are read: on a laptop what is derived takes more room than the log.

PostgreSQL keeps them as they are: it packs long texts by itself, and finds documents by the text of their words.
"""

import re
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from events.store import event_compression

SHORT = 64  # bytes of a text that is not worth packing
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SessionName(models.CharField):  # type: ignore[type-arg]
    """What Claude Code calls a session: nearly always a UUID, of which the sixteen bytes will do."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        told = super().get_db_prep_value(value, connection, prepared)
        return _short(told) if connection.vendor == "sqlite" and isinstance(told, str) else told

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return _dashed(value.hex()) if isinstance(value, bytes) else value


def named(session_id: str) -> str | bytes:
    """The name as this server's database keeps it, for statements that are written by hand."""
    return _short(session_id) if connection.vendor == "sqlite" else session_id


def _short(name: str) -> str | bytes:
    return bytes.fromhex(name.replace("-", "")) if _UUID.fullmatch(name) else name


def _dashed(letters: str) -> str:
    return "-".join((letters[:8], letters[8:12], letters[12:16], letters[16:20], letters[20:]))


class Text(models.TextField):  # type: ignore[type-arg]
    """A text that is read, never looked for: nothing can be said about it in a query."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        told = super().get_db_prep_value(value, connection, prepared)
        if connection.vendor != "sqlite" or not isinstance(told, str) or len(told) < SHORT:
            return told
        return event_compression.packed(told)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return value if value is None else event_compression.plain(value)
