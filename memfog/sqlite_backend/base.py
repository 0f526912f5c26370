"""The backend's parts, by the names that Django gives them."""

import sqlite3
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.sqlite3 import base, features, operations, schema

from events.store import event_compression


def _adapt_uuid(value: UUID) -> bytes:
    return value.bytes


sqlite3.register_adapter(UUID, _adapt_uuid)


class DatabaseFeatures(features.DatabaseFeatures):
    has_native_uuid_field = True  # that is, what is given to the database are UUIDs


class DatabaseOperations(operations.DatabaseOperations):
    def convert_uuidfield_value(self, value: bytes | None, expression: Any, connection: Any) -> UUID | None:
        return None if value is None else UUID(bytes=value)


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    def table_sql(self, model: type[models.Model]) -> tuple[str, list[Any]]:
        """Rows of several numbers that name them together stand in the index of those alone, not in a table as well."""
        sql, params = super().table_sql(model)
        return f"{sql} WITHOUT ROWID" if _is_narrow(model) else sql, params


def _is_narrow(model: type[models.Model]) -> bool:
    """SQLite's own advice is a twentieth of a page at most: https://sqlite.org/withoutrowid.html.

    Those columns must come first: otherwise SQLite 3.40's `integrity_check` takes one for another, and backups for
    damaged.
    """
    key, fields = model._meta.pk, model._meta.local_concrete_fields
    has_wide_field = any(isinstance(field, models.TextField | models.BinaryField) for field in fields)
    if has_wide_field or not isinstance(key, models.CompositePrimaryKey):
        return False
    return [field.name for field in fields][: len(key.field_names)] == list(key.field_names)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """`plain_text` is for the triggers that keep the index of words."""
        connection = super().get_new_connection(conn_params)
        connection.create_function("plain_text", 1, event_compression.to_text, deterministic=True)
        return connection
