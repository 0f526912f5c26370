"""What a store does, be it a bucket or a folder. Keys are paths with slashes below the store's own prefix."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backups.age_encryption import Writer

PART = 16 * 1024 * 1024  # bytes; R2 wants all parts but the last of one size


@dataclass(frozen=True, slots=True)
class Upload:
    """One that was begun and not completed. `id` is the store's own."""

    key: str
    id: str
    begun_at: datetime


class Shelf(Protocol):
    """Every call raises Trouble when the store does not do what it was asked."""

    def writing(self, key: str) -> AbstractContextManager[Writer]:
        """The object exists once the block is left, and never if it is left by an exception."""

    def put_new(self, key: str, data: bytes) -> None:
        """Raises Taken if there is one: of two that write, one has written."""

    def read(self, key: str) -> Iterator[bytes]:
        """In pieces. Raises Missing."""

    def objects(self) -> list[str]:
        """The keys of all that are whole."""

    def delete(self, key: str) -> None:
        """Raises Held where a lock says so. What is not there is deleted."""

    def unfinished(self) -> list[Upload]: ...

    def abort(self, upload: Upload) -> None: ...
