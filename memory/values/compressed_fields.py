"""Model fields that are compressed on SQLite only: on a laptop derived rows take more disk space than the log.

PostgreSQL compresses long texts itself, and its search needs the plain text of the words.
"""

import re
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from events.store import event_compression

MIN_COMPRESSED_CHARS = 64  # compression does not pay for shorter texts
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SessionIdField(models.CharField):  # type: ignore[type-arg]
    """Claude Code's id of a session. It is nearly always a UUID, which SQLite stores as 16 bytes."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        db_value = super().get_db_prep_value(value, connection, prepared)
        return _pack_uuid(db_value) if connection.vendor == "sqlite" and isinstance(db_value, str) else db_value

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return _format_uuid(value.hex()) if isinstance(value, bytes) else value


def encode_session_id(session_id: str) -> str | bytes:
    """Converts a session id to its form in this server's database, for SQL statements without the ORM."""
    return _pack_uuid(session_id) if connection.vendor == "sqlite" else session_id


def _pack_uuid(session_id: str) -> str | bytes:
    return bytes.fromhex(session_id.replace("-", "")) if _UUID.fullmatch(session_id) else session_id


def _format_uuid(hex_digits: str) -> str:
    return "-".join((hex_digits[:8], hex_digits[8:12], hex_digits[12:16], hex_digits[16:20], hex_digits[20:]))


class CompressedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that is loaded but never filtered: a query cannot use it in a condition."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        db_value = super().get_db_prep_value(value, connection, prepared)
        if connection.vendor != "sqlite" or not isinstance(db_value, str) or len(db_value) < MIN_COMPRESSED_CHARS:
            return db_value
        return event_compression.compress(db_value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return value if value is None else event_compression.to_text(value)
