"""Moves transcripts into a clone: as if the sessions that worked in any checkout of a repository had worked there."""

import json
import sys
from collections import Counter, defaultdict
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

    Of a folder and one below it, the one with more such files is the checkout.
    """
    found: list[str] = []
    for folder, _ in _count_known(_read_edited(files), clone).most_common():
        if not any(f"{folder}/".startswith(f"{root}/") or f"{root}/".startswith(f"{folder}/") for root in found):
            found.append(folder)
    return found


def _read_edited(files: list[Path]) -> Mapping[str, set[str]]:
    """The files that sessions edited, by the folders in which they worked meanwhile."""
    edited: dict[str, set[str]] = defaultdict(set)
    for record in (record for file in files for record in _iter_records(file)):
        result, folder = record.get("toolUseResult"), record.get("cwd")
        if isinstance(result, dict) and isinstance(folder, str) and "structuredPatch" in result:
            edited[folder.rstrip("/")].add(str(result.get("filePath", "")))
    return edited


def _count_known(edited: Mapping[str, set[str]], clone: Path) -> Counter[str]:
    """Counts by folder the edited files that the repository has at the same path."""
    counts = Counter[str]()
    for folder in edited:
        below = {
            path[len(folder) + 1 :] for paths in edited.values() for path in paths if path.startswith(f"{folder}/")
        }
        counts[folder] = sum((clone / path).is_file() for path in below)
    return +counts


def _iter_records(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record
