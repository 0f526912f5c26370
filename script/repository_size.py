"""`python -m script.repository_size [FOLDER]`: measures files, folders, functions and names of a checkout.

`mkdir /tmp/earlier && git archive COMMIT | tar x -C /tmp/earlier` makes a checkout of another commit to compare.
"""

import ast
import os
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.test_vocabulary import outdated_names

APPS = ("accounts", "backups", "dashboard", "events", "memfog", "memory", "sync")
GENERATED = {"node_modules", "migrations", "__pycache__"}
# Folders of code, and what is code in them: neither recorded data (`.json`, `.jsonl`) nor pictures.
CODE = (*APPS, "client", "script", "static", "templates", "tests")
CODE_SUFFIXES = (".py", ".js", ".cjs", ".mjs", ".css", ".html", ".txt", ".sh", ".lua")
# Name of a row → folders, and suffixes of the files in them.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Python of the server": (APPS, (".py",)),
    "Python of the tests": (("tests",), (".py",)),
    "JavaScript of the client": (("client/bin", "client/hooks", "client/lib"), (".js", ".cjs")),
    "JavaScript of the pages": (("static",), (".js",)),
    "templates": (("templates",), (".html",)),
    "style sheets": (("static",), (".css",)),
}


def list_files(root: Path, folders: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    found = (Path(at, name) for folder in folders for at, _, names in os.walk(root / folder) for name in names)
    return sorted(path for path in found if path.suffix in suffixes and not GENERATED & set(path.parts))


def count_code(root: Path, tops: Iterable[str] = CODE) -> Counter[str]:
    """Returns folder → number of its files of code, below these folders."""
    files = list_files(root, tops, CODE_SUFFIXES)
    return Counter(path.parent.relative_to(root).as_posix() for path in files if path.stem != "__init__")


def iter_rows(root: Path) -> Iterator[tuple[str, str]]:
    """Yields the name and the value of each row."""
    for kind, (folders, suffixes) in KINDS.items():
        texts = [path.read_text(errors="replace").splitlines() for path in list_files(root, folders, suffixes)]
        sizes, widths = [len(text) for text in texts], [len(line) for text in texts for line in text]
        yield (
            kind,
            f"{len(sizes)} files; lines: median {statistics.median(sizes):g}, most {max(sizes)}, over 200 in "
            f"{sum(size > 200 for size in sizes)}; longest line {max(widths)}",
        )
    yield "folders of code", describe_folders(count_code(root))
    server = list_files(root, APPS, (".py",))
    modules = Counter(path.parent.relative_to(root).as_posix() for path in server if path.stem != "__init__")
    yield "packages of the server", describe_folders(modules)
    yield "functions of the server", describe_functions(server)
    yield "retired words in the server", count_outdated(server)


def describe_folders(counts: Counter[str]) -> str:
    large = ", ".join(f"{name} {count}" for name, count in counts.most_common() if count > 20)
    return f"{len(counts)}; most files {max(counts.values())}; over 20: {large or 'none'}"


def describe_functions(files: Iterable[Path]) -> str:
    nodes = (node for path in files for node in ast.walk(ast.parse(path.read_text())))
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    long, p99 = sum(length > 15 for length in lengths), lengths[int(len(lengths) * 0.99)]
    median = f"{statistics.median(lengths):g}"
    return f"{len(lengths)}; lines: median {median}, p99 {p99}, most {lengths[-1]}, over 15 in {long}"


def count_outdated(files: Iterable[Path]) -> str:
    names = [name for path in files for name in outdated_names(path.read_text())]
    return f"{len(names)} times, in {len(set(names))} identifiers"


def main(folder: str = ".") -> None:
    for name, value in iter_rows(Path(folder).resolve()):
        sys.stdout.write(f"{name}: {value}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
