"""Counts the rows in a PostgreSQL dump while it streams, by `pg_restore`: a dump that it cannot read is useless."""

import re
import subprocess
from threading import Thread
from typing import IO

from backups.backup_errors import BackupError

COPY_START = re.compile(rb"COPY (.+?) \(.*\) FROM stdin;\n")
COPY_END = b"\\.\n"


class RowCounter:
    def __init__(self, program: str) -> None:
        command = [program, "--data-only", "--file=-"]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._counts: dict[str, int] = {}
        self._thread = Thread(target=self._count_rows, name="rows")
        self._thread.start()

    def feed(self, data: bytes) -> None:
        """Passes data of the dump to pg_restore. Raises BackupError if pg_restore cannot read the dump."""
        assert self._process.stdin  # noqa: S101  # it is a pipe
        try:
            self._process.stdin.write(data)
        except BrokenPipeError as error:
            raise BackupError("pg_restore cannot read the dump.") from error

    def wait_for_counts(self) -> dict[str, int]:
        """Returns the rows by table, with names as "schema.table", after the end of the dump.

        Raises BackupError if pg_restore cannot read the dump.
        """
        self._close_input()
        self._thread.join()
        if self._process.wait():
            raise BackupError("pg_restore cannot read the dump.")
        return self._counts

    def stop(self) -> None:
        self._process.kill()
        self._close_input()
        self._thread.join()
        self._process.wait()

    def _close_input(self) -> None:
        assert self._process.stdin  # noqa: S101  # as above
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            return

    def _count_rows(self) -> None:
        assert self._process.stdout  # noqa: S101  # as above
        with self._process.stdout as lines:
            for line in lines:
                if start := COPY_START.fullmatch(line):
                    self._counts[_unquote_name(start[1])] = _count_until_end(lines)


def _count_until_end(lines: IO[bytes]) -> int:
    rows = 0
    for line in lines:
        if line == COPY_END:
            break
        rows += 1
    return rows


def _unquote_name(name: bytes) -> str:
    """Removes the quotes that a name may need."""
    return re.sub(r'"((?:[^"]|"")*)"', lambda quoted: quoted[1].replace('""', '"'), name.decode())
