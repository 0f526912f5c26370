"""What a store does, be it a bucket or a folder. Keys are paths with slashes below the store's own prefix."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backups.age_encryption import ByteWriter

PART_BYTES = 16 * 1024 * 1024  # bytes; R2 wants all parts but the last of one size


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """One that was begun and not completed. `id` is the store's own."""

    key: str
    id: str
    started_at: datetime


class ObjectStore(Protocol):
    """Every call raises BackupError when the store does not do what it was asked."""

    def open_writer(self, key: str) -> AbstractContextManager[ByteWriter]:
        """The object exists once the block is left, and never if it is left by an exception."""

    def put_new(self, key: str, data: bytes) -> None:
        """Raises ObjectExists if there is one: of two that write, one has written."""

    def iter_chunks(self, key: str) -> Iterator[bytes]:
        """In pieces. Raises ObjectMissing."""

    def list_keys(self) -> list[str]:
        """The keys of all that are whole."""

    def delete(self, key: str) -> None:
        """Raises ObjectLocked where a lock says so. What is not there is deleted."""

    def list_unfinished(self) -> list[UnfinishedUpload]: ...

    def abort_upload(self, upload: UnfinishedUpload) -> None: ...
