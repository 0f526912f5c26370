"""A small disk that fills: a tmpfs of its own. Mounting needs root; where that is impossible, CI fails."""

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
        # Lazily: whoever still holds a file on it keeps it until then, and nobody can reach it any more.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _cannot(why: str) -> None:
    message = f"a small disk cannot be mounted (this needs root): {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def fill(disk: Path) -> None:
    """Leaves not one block free, whatever had become free since the last time."""
    with (disk / BALLAST).open("ab", buffering=0) as ballast:
        for size in (PIECE, 1):
            try:
                while ballast.write(b"\0" * size):
                    pass
            except OSError:
                continue


def relieve(disk: Path) -> None:
    (disk / BALLAST).unlink()
