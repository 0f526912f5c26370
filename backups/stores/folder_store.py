"""Stores backups in a folder: another disk, or a share of another machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from backups.backup_errors import BackupError, ObjectExists, ObjectMissing
from backups.stores.object_store import UnfinishedUpload

CHUNK_BYTES = 1 << 20
UNFINISHED_SUFFIX = ".unfinished"


class FolderStore:
    """Writes a temporary file, syncs it and links it to its name, so that a name always stands for a whole file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open_writer(self, key: str) -> Iterator[BinaryIO]:
        temporary = self._temporary_path(key)
        try:
            with _translate_errors(), temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            with _translate_errors():
                _link_file(temporary, self.path / key)
        finally:
            temporary.unlink(missing_ok=True)

    def put_new(self, key: str, data: bytes) -> None:
        with self.open_writer(key) as file:
            file.write(data)

    def iter_chunks(self, key: str) -> Iterator[bytes]:
        with _translate_errors(), (self.path / key).open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def list_keys(self) -> list[str]:
        return [key for key in self._list_files() if not key.endswith(UNFINISHED_SUFFIX)]

    def delete(self, key: str) -> None:
        with _translate_errors():
            (self.path / key).unlink(missing_ok=True)
            if not any((self.path / key).parent.iterdir()):
                (self.path / key).parent.rmdir()

    def list_unfinished(self) -> list[UnfinishedUpload]:
        unfinished = [(key, self.path / key) for key in self._list_files() if key.endswith(UNFINISHED_SUFFIX)]
        return [
            UnfinishedUpload(key, key, datetime.fromtimestamp(path.stat().st_mtime, UTC)) for key, path in unfinished
        ]

    def abort_upload(self, upload: UnfinishedUpload) -> None:
        self.delete(upload.id)

    def _list_files(self) -> list[str]:
        with _translate_errors():
            return sorted(path.relative_to(self.path).as_posix() for path in self.path.glob("*/*") if path.is_file())

    def _temporary_path(self, key: str) -> Path:
        path = self.path / key
        with _translate_errors():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.with_name(f"{path.name}.{uuid4().hex[:8]}{UNFINISHED_SUFFIX}")


def _link_file(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise ObjectExists(f"{path.name} already exists.") from error
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing("The backup folder has no such file.") from error
    except OSError as error:
        raise BackupError(f"Backup folder: {error.strerror}.") from error
