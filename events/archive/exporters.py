"""Exporters: modules that export and import the data of an account besides its events.

`settings.ACCOUNT_EXPORTERS` lists them. An exporter has the three members of `AccountExporter`. Each record has a name
and values that JSON can represent.
"""

from collections.abc import Collection, Iterator
from importlib import import_module
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings

RecordValues = dict[str, Any]


class AccountExporter(Protocol):
    RECORD_NAMES: Collection[str]

    def export_records(self, user_id: UUID) -> Iterator[tuple[str, RecordValues]]:
        """Yields each record of the user with its name. No query or transaction is open while a record is yielded."""

    def import_record(self, user_id: UUID, name: str, values: RecordValues) -> bool:
        """Stores a record. Returns False if the user has this record already; it does not change.

        Raises ValueError with the reason if the record is invalid.
        """


def load_exporters() -> list[AccountExporter]:
    return [cast("AccountExporter", import_module(path)) for path in settings.ACCOUNT_EXPORTERS]
