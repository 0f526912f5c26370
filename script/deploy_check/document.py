"""Reads the steps of a document: its shell blocks, which are run, and its other blocks, which are files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

# An item of a list indents its blocks.
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{3,4} (.+)$", re.MULTILINE)
FILE_PATH = re.compile(r"`(/[\w./@-]+)`")


@dataclass(frozen=True)
class Step:
    """A block of a document. `path` is the file that it is the content of; empty for a block of commands."""

    heading: str
    text: str
    path: str = ""


def list_steps(document: Path, section: str) -> list[Step]:
    """Lists the blocks of a section (`## section`) in their order.

    A block that is no shell block is a file: the last absolute path in inline code before it is its place. Raises
    ValueError for a block without a place.
    """
    return list(_read_steps(_cut_section(document.read_text(), section)))


def _cut_section(text: str, section: str) -> str:
    _, found, rest = text.partition(f"\n## {section}\n")
    if not found:
        raise ValueError(f"no section {section!r}")
    return rest.partition("\n## ")[0]


def _read_steps(text: str) -> Iterator[Step]:
    end = 0
    for block in FENCE.finditer(text):
        language, content = block[2], dedent(block[3])
        heading = HEADING.findall(text[: block.start()])[-1]
        path = "" if language == "sh" else _find_path(text[end : block.start()], content)
        yield Step(heading, content, path)
        end = block.end()


def _find_path(before: str, content: str) -> str:
    paths = FILE_PATH.findall(before)
    if not paths:
        raise ValueError(f"no path before the block that begins with {content.splitlines()[0]!r}")
    return str(paths[-1])
