"""The classes of the backend, with the names that Django requires."""

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
    has_native_uuid_field = True  # Django passes UUID objects to the database


class DatabaseOperations(operations.DatabaseOperations):
    def convert_uuidfield_value(self, value: bytes | None, expression: Any, connection: Any) -> UUID | None:
        return None if value is None else UUID(bytes=value)


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    def table_sql(self, model: type[models.Model]) -> tuple[str, list[Any]]:
        """Creates narrow tables with a composite key `WITHOUT ROWID`: rows exist in the key's index only."""
        sql, params = super().table_sql(model)
        return f"{sql} WITHOUT ROWID" if _is_narrow(model) else sql, params


def _is_narrow(model: type[models.Model]) -> bool:
    """Whether rows are small enough for `WITHOUT ROWID`: a twentieth of a page (https://sqlite.org/withoutrowid.html).

    The key columns must come first: otherwise SQLite 3.40's `integrity_check` confuses columns and reports backups as
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
        """Opens a connection with the function `plain_text`, which the triggers of the search index call."""
        connection = super().get_new_connection(conn_params)
        connection.create_function("plain_text", 1, event_compression.to_text, deterministic=True)
        return connection
