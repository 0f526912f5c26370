"""Lays out any folder of transcripts as the configuration folder of Claude Code, in a scratch home."""

import shutil
from pathlib import Path

PROJECTS = "projects"
DESCRIPTION = ".meta.json"  # beside a subagent's transcript; names the type of the agent


def lay_out(folder: Path, home: Path) -> int:
    """Copies the transcripts below `folder` to `home/.claude/projects`; returns their number.

    A file below a folder `projects` keeps its path there, since names of files and folders say which session a
    transcript belongs to. A project that another root has, too, gets a name of its own.
    """
    files = [file for file in sorted(folder.rglob("*.jsonl")) if file.is_file()]
    projects: dict[tuple[str, ...], Path] = {}
    for file in files:
        parts = file.relative_to(folder).parts
        at = parts.index(PROJECTS) + 1 if PROJECTS in parts[:-1] else 0
        project, rest = (parts[at], parts[at + 1 :]) if len(parts) > at + 1 else ("-", parts[at:])
        root = (*parts[:at], project)
        if root not in projects:
            projects[root] = _make_folder(home / ".claude" / PROJECTS, project)
        _copy(file, projects[root].joinpath(*rest))
    return len(files)


def _make_folder(parent: Path, name: str) -> Path:
    folder, number = parent / name, 1
    while folder.exists():
        number += 1
        folder = parent / f"{name}-{number}"
    folder.mkdir(parents=True)
    return folder


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(file, target)
    described = file.with_suffix(DESCRIPTION)
    if described.is_file():
        shutil.copy2(described, target.with_suffix(DESCRIPTION))
