"""The changed files of a session as a tree of folders, and the choices of the page that shows them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.http import QueryDict
from django.utils.http import urlencode

from dashboard.session.file_tab.changed_files import FILE_ORDERS, ChangedFile

TREE, UNIFIED = "tree", "unified"
MAX_DEPTH = 24  # folders within each other; files of deeper ones stand in the last of these


class FileChoice(NamedTuple):
    """A link that changes how the page shows the files."""

    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class FilesQuery:
    """How the page shows the files. Each is empty by default: by first change, as a list, side by side."""

    sort: str = ""
    view: str = ""
    diff: str = ""

    def to_query(self, **changed: str) -> str:
        values = {"sort": self.sort, "view": self.view, "diff": self.diff} | changed
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def orders(self) -> list[FileChoice]:
        return self._list_choices("sort", {"first change": "", **{name: name for name in FILE_ORDERS}})

    @property
    def views(self) -> list[FileChoice]:
        return self._list_choices("view", {"List": "", "Tree": TREE})

    @property
    def diffs(self) -> list[FileChoice]:
        return self._list_choices("diff", {"Side by side": "", "Unified": UNIFIED})

    def _list_choices(self, name: str, values: dict[str, str]) -> list[FileChoice]:
        current = getattr(self, name)
        return [FileChoice(label, self.to_query(**{name: value}), value == current) for label, value in values.items()]


def parse_query(query: QueryDict) -> FilesQuery:
    """Parses how the page shows the files; ignores values that are none."""
    allowed = {"sort": FILE_ORDERS, "view": (TREE,), "diff": (UNIFIED,)}
    return FilesQuery(**{name: value for name, values in allowed.items() if (value := query.get(name, "")) in values})


@dataclass(slots=True)
class FileFolder:
    """A folder of the tree. `name` is its path below the folder above, so that a chain of folders is one line."""

    name: str
    folders: list["FileFolder"] = field(default_factory=list)
    files: list[ChangedFile] = field(default_factory=list)

    @property
    def file_count(self) -> int:
        return len(self.files) + sum(folder.file_count for folder in self.folders)

    @property
    def added(self) -> int:
        return sum(file.added for file in self.files) + sum(folder.added for folder in self.folders)

    @property
    def removed(self) -> int:
        return sum(file.removed for file in self.files) + sum(folder.removed for folder in self.folders)


def build_tree(files: Iterable[ChangedFile]) -> FileFolder:
    """Builds the tree of these files; within each folder they keep their order."""
    root = FileFolder("")
    known: dict[tuple[str, ...], FileFolder] = {(): root}
    for file in files:
        _find_folder(known, _split_folder(file.folder)).files.append(file)
    return _join_chains(root)


def _split_folder(folder: str) -> tuple[str, ...]:
    parts = [part for part in folder.split("/") if part][:MAX_DEPTH]
    return (f"/{parts[0]}", *parts[1:]) if parts and folder.startswith("/") else tuple(parts)


def _find_folder(known: dict[tuple[str, ...], FileFolder], path: tuple[str, ...]) -> FileFolder:
    if path not in known:
        known[path] = FileFolder(path[-1])
        _find_folder(known, path[:-1]).folders.append(known[path])
    return known[path]


def _join_chains(folder: FileFolder) -> FileFolder:
    """Joins a folder that holds nothing but one other folder with that one."""
    folder.folders = [_join_chains(inner) for inner in folder.folders]
    if folder.name and len(folder.folders) == 1 and not folder.files:
        only = folder.folders[0]
        return FileFolder(f"{folder.name}/{only.name}", only.folders, only.files)
    return folder
