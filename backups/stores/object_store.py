"""The interface of an object store: a bucket or a folder. Keys are paths with slashes below the store's prefix."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backups.age_encryption import ByteWriter

PART_BYTES = 16 * 1024 * 1024  # R2 requires that all parts but the last have one size


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """An upload that was started and not completed. `id` is the store's own id."""

    key: str
    id: str
    started_at: datetime


class ObjectStore(Protocol):
    """A bucket or folder for backups. Every call raises BackupError if the store fails."""

    def open_writer(self, key: str) -> AbstractContextManager[ByteWriter]:
        """Opens a new object. It exists after the block ends, and never if an exception ends the block."""

    def put_new(self, key: str, data: bytes) -> None:
        """Writes a new object. Raises ObjectExists if the key exists: of two writers, only one succeeds."""

    def iter_chunks(self, key: str) -> Iterator[bytes]:
        """Yields an object in chunks. Raises ObjectMissing."""

    def list_keys(self) -> list[str]:
        """Lists the keys of all complete objects."""

    def delete(self, key: str) -> None:
        """Deletes an object, which need not exist. Raises ObjectLocked if a lock protects it."""

    def list_unfinished(self) -> list[UnfinishedUpload]: ...

    def abort_upload(self, upload: UnfinishedUpload) -> None: ...
