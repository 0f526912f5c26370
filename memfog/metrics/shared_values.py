"""Keeps the numbers of several web processes in files that any of them can add up.

`prometheus_client` names the files by process id, so that the files of ended processes would accumulate. Here a process
holds a slot, a small number, as long as it lives; the next process that takes the slot continues its counters. A lock
of the operating system (`flock`) marks the slot as taken, which ends with the process, however that ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO

from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector


class SharedValues:
    """The folder of the shared numbers. `claim` before the first metric of this process is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._slot: tuple[int, IO[bytes]] | None = None

    def claim(self) -> None:
        """Takes a slot, and makes the metrics of this process keep their numbers there."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self._locked_folder():
            if not self.list_taken_slots():
                _delete(self.folder.glob("*.db"))  # no process of the server runs: its counters start at zero
            number, file = next(filter(None, (self._try_slot(number) for number in count())))
            _delete(self.folder.glob(f"gauge_*_{number}.db"))
        self._slot = number, file
        values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]

    def collect_into(self, registry: CollectorRegistry) -> None:
        """Registers the sum over all processes. Counters of ended processes stay in the sum, but not their gauges."""
        with self._locked_folder():
            taken = self.list_taken_slots()
            for path in self.folder.glob("gauge_live*.db"):
                if int(path.stem.rpartition("_")[2]) not in taken:
                    path.unlink()
        MultiProcessCollector(registry, str(self.folder))  # type: ignore[no-untyped-call]

    def list_taken_slots(self) -> set[int]:
        """Lists the slots of living processes."""
        return {number for path in self.folder.glob("*.slot") if self._is_taken(number := int(path.stem))}

    def _is_taken(self, number: int) -> bool:
        if self._slot and self._slot[0] == number:
            return True
        if slot := self._try_slot(number):
            slot[1].close()
        return slot is None

    def _try_slot(self, number: int) -> tuple[int, IO[bytes]] | None:
        file = (self.folder / f"{number}.slot").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return number, file

    @contextmanager
    def _locked_folder(self) -> Iterator[None]:
        """One process at a time: a probe of a slot must not look like its owner to another process."""
        with (self.folder / "folder.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _delete(paths: Iterator[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
