"""Retired words are not used again. docs/glossary.md has the words that replace them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import ROOT

APPS = ("accounts", "backups", "dashboard", "events", "memfog", "memory", "script", "sync")
# Retired as a part of an identifier (`told_by`, `TornRow`).
RETIRED = frozenset(
    """
    told tells telling said says saying happening happenings happened torn tearing mending doing begun wish
    wishes chose shelf shelves bell bells rang owe owed postman retell retelling retold carrier carriers whose
    anew somebody nobody whoever anybody glance tile tiles graft place places placed stretch stretches moment
    moments story stories tally tallies tallied spending kept keeping trouble troubles bury buried patience
    breath breathe longest packed unpacked wording sought helper helping retire retired retiring near nearer
    lasts
    """.split()  # noqa: SIM905  # a text is easier to read
)
# Retired as a word of a comment or docstring. This list is shorter: prose may use words such as "near".
RETIRED_PROSE = frozenset(
    """
    told tells telling happening happenings torn begun anew somebody nobody whoever anybody shelf shelves bell
    bells owed postman wishes tally tallies
    """.split()  # noqa: SIM905
)
# File → retired words that it may use, because other software defines the name.
ALLOWED: dict[str, set[str]] = {}


def sources() -> list[Path]:
    found = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def parts(identifier: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def identifiers(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Yields line and text of each comment and docstring."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""


def retired_identifiers(source: str, allowed: set[str]) -> list[str]:
    return [f"{line}: {name}" for line, name in identifiers(source) if parts(name) & (RETIRED - allowed)]


def retired_prose(source: str) -> list[str]:
    return [
        f"{line}: {word}"
        for line, text in prose(source)
        for word in re.findall(r"[a-z]+", re.sub(r"`[^`]*`", "", text).lower())
        if word in RETIRED_PROSE
    ]


@pytest.mark.sweep
def test_no_retired_word_is_in_use() -> None:
    found = {}
    for path in sources():
        name, source = path.relative_to(ROOT).as_posix(), path.read_text()
        if lines := [*retired_identifiers(source, ALLOWED.get(name, set())), *retired_prose(source)]:
            found[name] = lines
    assert found == {}


def test_the_look_finds_them() -> None:
    source = '"""Whoever asks."""\ndef tell_storyOf(TornRow):\n    return TornRow.is_told  # anew\n'
    assert retired_identifiers(source, set()) == ["2: tell_storyOf", "2: TornRow", "3: TornRow", "3: is_told"]
    assert retired_prose(source) == ["3: anew", "1: whoever"]


def test_the_glossary_defines_none_of_them() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    assert len(terms) > 40
    assert not {word for term in terms for word in re.findall(r"[a-z]+", term.lower())} & RETIRED
