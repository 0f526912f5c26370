"""Installs versions of Claude Code from npm, one at a time, and removes them after use."""

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
OLDEST_VERSION = "2.0.0"  # the oldest version that is tested
NPM_TIMEOUT_S = 600

Version = tuple[int, ...]


def parse_version(version: str) -> Version:
    return tuple(map(int, version.split(".")))


def list_versions() -> list[str]:
    """Lists the versions on npm from `OLDEST_VERSION` on, oldest first."""
    result = subprocess.run(
        ["npm", "view", PACKAGE, "versions", "--json"], capture_output=True, check=True, timeout=NPM_TIMEOUT_S
    )
    released = [version for version in json.loads(result.stdout) if re.fullmatch(r"[0-9.]+", version)]
    return sorted((one for one in released if parse_version(one) >= parse_version(OLDEST_VERSION)), key=parse_version)


@contextmanager
def install(version: str) -> Iterator[Path]:
    """Installs a version (up to 384 MB) and yields its folder; removes it unless CLAUDE_CODE_CACHE names a cache."""
    cache = os.environ.get("CLAUDE_CODE_CACHE")
    if cache:
        yield _install(version, Path(cache))
        return
    with tempfile.TemporaryDirectory(prefix="claude-code-") as folder:
        yield _install(version, Path(folder))


def program_path(folder: Path) -> Path:
    return folder / "node_modules" / ".bin" / "claude"


def _install(version: str, cache: Path) -> Path:
    folder = cache / version
    if program_path(folder).exists():
        return folder
    staging = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=_make_folder(cache)))
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix", str(staging)]
    subprocess.run([*command, f"{PACKAGE}@{version}"], check=True, timeout=NPM_TIMEOUT_S)
    try:
        staging.rename(folder)
    except OSError:
        # Another process has installed the version first.
        shutil.rmtree(staging)
    return folder


def _make_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
