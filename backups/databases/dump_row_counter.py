"""Counts the rows in a dump of PostgreSQL's while it passes: by `pg_restore`, which can read it or nobody can."""

import re
import subprocess
from threading import Thread
from typing import IO

from backups.backup_errors import Trouble

BEGINS = re.compile(rb"COPY (.+?) \(.*\) FROM stdin;\n")
ENDS = b"\\.\n"


class Rows:
    def __init__(self, program: str) -> None:
        command = [program, "--data-only", "--file=-"]
        self._reading = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._counted: dict[str, int] = {}
        self._thread = Thread(target=self._count, name="rows")
        self._thread.start()

    def take(self, data: bytes) -> None:
        """Raises Trouble if the dump so far is none."""
        assert self._reading.stdin  # noqa: S101  # it is a pipe
        try:
            self._reading.stdin.write(data)
        except BrokenPipeError as error:
            raise Trouble("pg_restore cannot read the dump.") from error

    def counted(self) -> dict[str, int]:
        """Rows by table, names as "schema.table", once all of the dump is taken."""
        self._close()
        self._thread.join()
        if self._reading.wait():
            raise Trouble("pg_restore cannot read the dump.")
        return self._counted

    def stop(self) -> None:
        self._reading.kill()
        self._close()
        self._thread.join()
        self._reading.wait()

    def _close(self) -> None:
        assert self._reading.stdin  # noqa: S101  # as above
        try:
            self._reading.stdin.close()
        except BrokenPipeError:
            return

    def _count(self) -> None:
        assert self._reading.stdout  # noqa: S101  # as above
        with self._reading.stdout as lines:
            for line in lines:
                if begins := BEGINS.fullmatch(line):
                    self._counted[_bare(begins[1])] = _until_end(lines)


def _until_end(lines: IO[bytes]) -> int:
    rows = 0
    for line in lines:
        if line == ENDS:
            break
        rows += 1
    return rows


def _bare(name: bytes) -> str:
    """Without the quotes that a name may need."""
    return re.sub(r'"((?:[^"]|"")*)"', lambda quoted: quoted[1].replace('""', '"'), name.decode())
