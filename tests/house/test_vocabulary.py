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
# Beginnings of words that are spelled otherwise in America. `cancelled` is a name of asyncio.
BRITISH = re.compile(
    r"(?<![a-z])(?:(?:behavi|col|fav|hon|neighb)our|licence|catalogue|centre|grey|"
    r"(?:author|capital|final|initial|local|maxim|minim|normal|optim|organ|recogn|serial|summar|synchron|util)is(?!t|m\b)"
    r"|analys(?:e|ing)(?!s\b))\w*",
    re.IGNORECASE,
)
# Other software defines the name, or the file lists both spellings.
SPELLED_OTHERWISE = {"dashboard/base/client_package.py", "memory/search/trade_synonyms.py"}
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


def outdated_names(source: str) -> list[str]:
    return [name for _, name in identifiers(source) if parts(name) & RETIRED]


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


def texts() -> Iterator[Path]:
    """The files of the repository that people read, without the server's tests."""
    kinds = {".py", ".js", ".cjs", ".css", ".html", ".md", ".txt"}
    folders = (*APPS, "client", "docs", "static", "templates")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in kinds)
    yield from (path for path in found if "node_modules" not in path.parts)
    yield from ROOT.glob("*.md")


@pytest.mark.sweep
def test_spelling_is_american() -> None:
    found = {}
    for path in texts():
        if words := {word.lower() for word in BRITISH.findall(path.read_text())}:
            found[path.relative_to(ROOT).as_posix()] = words
    assert {name: words for name, words in found.items() if name not in SPELLED_OTHERWISE} == {}
    assert found.keys() == SPELLED_OTHERWISE


def test_the_look_finds_them() -> None:
    source = '"""Whoever asks."""\ndef tell_storyOf(TornRow):\n    return TornRow.is_told  # anew\n'
    assert retired_identifiers(source, set()) == ["2: tell_storyOf", "2: TornRow", "3: TornRow", "3: is_told"]
    assert retired_prose(source) == ["3: anew", "1: whoever"]
    british = "A colour, recognised; analyses, localisation and an optimist, organism, analyses"
    assert BRITISH.findall(british) == ["colour", "recognised", "localisation"]


def test_the_glossary_defines_none_of_them() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    assert len(terms) > 40
    assert not {word for term in terms for word in re.findall(r"[a-z]+", term.lower())} & RETIRED
