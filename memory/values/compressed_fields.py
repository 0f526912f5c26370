"""Columns that SQLite keeps shorter than they are read: on a laptop what is derived takes more room than the log.

PostgreSQL keeps them as they are: it packs long texts by itself, and finds documents by the text of their words.
"""

import re
from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from events.store import event_compression

MIN_COMPRESSED_CHARS = 64  # bytes of a text that is not worth packing
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SessionIdField(models.CharField):  # type: ignore[type-arg]
    """What Claude Code calls a session: nearly always a UUID, of which the sixteen bytes will do."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        db_value = super().get_db_prep_value(value, connection, prepared)
        return _pack_uuid(db_value) if connection.vendor == "sqlite" and isinstance(db_value, str) else db_value

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return _format_uuid(value.hex()) if isinstance(value, bytes) else value


def encode_session_id(session_id: str) -> str | bytes:
    """The name as this server's database keeps it, for statements that are written by hand."""
    return _pack_uuid(session_id) if connection.vendor == "sqlite" else session_id


def _pack_uuid(session_id: str) -> str | bytes:
    return bytes.fromhex(session_id.replace("-", "")) if _UUID.fullmatch(session_id) else session_id


def _format_uuid(hex_digits: str) -> str:
    return "-".join((hex_digits[:8], hex_digits[8:12], hex_digits[12:16], hex_digits[16:20], hex_digits[20:]))


class CompressedTextField(models.TextField):  # type: ignore[type-arg]
    """A text that is read, never looked for: nothing can be said about it in a query."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        db_value = super().get_db_prep_value(value, connection, prepared)
        if connection.vendor != "sqlite" or not isinstance(db_value, str) or len(db_value) < MIN_COMPRESSED_CHARS:
            return db_value
        return event_compression.compress(db_value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        return value if value is None else event_compression.to_text(value)
