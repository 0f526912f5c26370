"""Moves transcripts into a clone: as if the sessions that worked in any checkout of a repository had worked there."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def move_transcripts(transcripts: Path, clone: Path) -> None:
    """Replaces the folders in which the sessions worked by the clone."""
    files = list(transcripts.rglob("*.jsonl"))
    roots = find_roots(files, clone)
    if not roots:
        sys.exit("No transcript edits a file of the repository.")
    for file in files:
        text = file.read_text(errors="replace")
        for root in sorted(roots, key=len, reverse=True):
            text = text.replace(f"{root}/", f"{clone}/").replace(f'"{root}"', f'"{clone}"')
        file.write_text(text)


def find_roots(files: list[Path], clone: Path) -> list[str]:
    """Finds the checkouts: folders of sessions below which they edited files that the repository has, too.

    A folder within a checkout is one itself, as a worktree may be, if that names more of the files below it.
    """
    found: list[str] = []
    edited = _read_edited(files)
    for folder in sorted(edited, key=len):
        below = [path for path in set[str]().union(*edited.values()) if path.startswith(f"{folder}/")]
        outer = max((root for root in found if folder.startswith(f"{root}/")), key=len, default="")
        if _count_known(below, folder, clone) > _count_known(below, outer, clone):
            found.append(folder)
    return found


def _count_known(paths: list[str], root: str, clone: Path) -> int:
    """Counts the files that the repository has at the same path as a checkout; 0 without a checkout."""
    return sum((clone / path.removeprefix(f"{root}/")).is_file() for path in paths) if root else 0


def _read_edited(files: list[Path]) -> Mapping[str, set[str]]:
    """The files that sessions edited, by the folders in which they worked meanwhile."""
    edited: dict[str, set[str]] = defaultdict(set)
    for record in (record for file in files for record in _iter_records(file)):
        result, folder = record.get("toolUseResult"), record.get("cwd")
        if isinstance(result, dict) and isinstance(folder, str) and "structuredPatch" in result:
            edited[folder.rstrip("/")].add(str(result.get("filePath", "")))
    return edited


def _iter_records(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record
