"""What an account holds besides its events, for the export and back: the rooms name it in `settings.CARRIERS`.

A carrier is a module with three names. Its records have a name each and values that JSON can hold.
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
        """Each record of the user with its name. Asks the database between two of them, never while one is held."""

    def import_record(self, user_id: UUID, name: str, values: RecordValues) -> bool:
        """Keeps a record. False if the user has one there already, which stays. Raises ValueError: it says why."""


def load_exporters() -> list[AccountExporter]:
    return [cast("AccountExporter", import_module(path)) for path in settings.CARRIERS]
