"""Real versions of Claude Code from npm, installed one at a time and removed again."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "@anthropic-ai/claude-code"
OLDEST = "2.0.0"  # of those that are asked about
SECONDS = 600

Version = tuple[int, ...]


def parsed(version: str) -> Version:
    return tuple(map(int, version.split(".")))


def published() -> list[str]:
    """The versions on npm from OLDEST on, oldest first."""
    told = subprocess.run(
        ["npm", "view", PACKAGE, "versions", "--json"], capture_output=True, check=True, timeout=SECONDS
    )
    released = [version for version in json.loads(told.stdout) if re.fullmatch(r"[0-9.]+", version)]
    return sorted((one for one in released if parsed(one) >= parsed(OLDEST)), key=parsed)


@contextmanager
def installed(version: str) -> Iterator[Path]:
    """The folder of a version, up to 384 MB; it stays only where CLAUDE_CODE_CACHE names a folder for it."""
    cache = os.environ.get("CLAUDE_CODE_CACHE")
    if cache:
        yield _install(version, Path(cache))
        return
    with tempfile.TemporaryDirectory(prefix="claude-code-") as folder:
        yield _install(version, Path(folder))


def program(folder: Path) -> Path:
    return folder / "node_modules" / ".bin" / "claude"


def _install(version: str, cache: Path) -> Path:
    folder = cache / version
    if program(folder).exists():
        return folder
    aside = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=_made(cache)))
    words = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix", str(aside)]
    subprocess.run([*words, f"{PACKAGE}@{version}"], check=True, timeout=SECONDS)
    try:
        aside.rename(folder)
    except OSError:
        # Another process was faster.
        shutil.rmtree(aside)
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
