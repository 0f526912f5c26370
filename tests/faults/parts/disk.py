"""A small disk (tmpfs) that a test can fill. A mount needs root: without it CI fails, and other runs skip the test."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PIECE = 65_536
BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        _cannot(done.stderr.strip())
    try:
        yield folder
    finally:
        # A lazy unmount: no new access is possible, and processes with open files keep them until they close them.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _cannot(why: str) -> None:
    message = f"a small disk cannot be mounted (this needs root): {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def fill(disk: Path) -> None:
    """Fills all free blocks, also blocks that became free since the last call."""
    with (disk / BALLAST).open("ab", buffering=0) as ballast:
        for size in (PIECE, 1):
            try:
                while ballast.write(b"\0" * size):
                    pass
            except OSError:
                continue


def relieve(disk: Path) -> None:
    (disk / BALLAST).unlink()
