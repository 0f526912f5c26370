"""Backups in a folder: another disk, or a share of another machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from backups.backup_errors import Missing, Taken, Trouble
from backups.stores.object_store import Upload

PIECE = 1 << 20
UNFINISHED = ".unfinished"


class Folder:
    """Files are written aside, synced and linked into place, so that a name stands for a whole file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def writing(self, key: str) -> Iterator[BinaryIO]:
        aside = self._aside(key)
        try:
            with _told(), aside.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            with _told():
                _link(aside, self.path / key)
        finally:
            aside.unlink(missing_ok=True)

    def put_new(self, key: str, data: bytes) -> None:
        with self.writing(key) as file:
            file.write(data)

    def read(self, key: str) -> Iterator[bytes]:
        with _told(), (self.path / key).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def objects(self) -> list[str]:
        return [key for key in self._files() if not key.endswith(UNFINISHED)]

    def delete(self, key: str) -> None:
        with _told():
            (self.path / key).unlink(missing_ok=True)
            if not any((self.path / key).parent.iterdir()):
                (self.path / key).parent.rmdir()

    def unfinished(self) -> list[Upload]:
        left = [(key, self.path / key) for key in self._files() if key.endswith(UNFINISHED)]
        return [Upload(key, key, datetime.fromtimestamp(path.stat().st_mtime, UTC)) for key, path in left]

    def abort(self, upload: Upload) -> None:
        self.delete(upload.id)

    def _files(self) -> list[str]:
        with _told():
            return sorted(path.relative_to(self.path).as_posix() for path in self.path.glob("*/*") if path.is_file())

    def _aside(self, key: str) -> Path:
        path = self.path / key
        with _told():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.with_name(f"{path.name}.{uuid4().hex[:8]}{UNFINISHED}")


def _link(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError as error:
        raise Taken(f"{path.name} is there already.") from error
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing("There is no such file in the folder of backups.") from error
    except OSError as error:
        raise Trouble(f"The folder of backups: {error.strerror}.") from error
