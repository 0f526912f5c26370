"""Regular expressions over captured text: which modules hold them, their structure, and a check that finds bad ones."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # the standard library's parser of patterns
from typing import Any

import pytest

from dashboard.render.languages import LANGUAGES
from events.wire import patterns

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).parent.parent.parent
# Packages whose code reads captured text.
ROOMS = ("events", "memory", "dashboard", "sync")
# Modules that may compile patterns of their own, each with the purpose. Their patterns are checked as well.
OWN = {
    "events.wire.patterns": "the module for all other patterns",
    "events.wire.visibility": "single characters that are invisible",
    "events.wire.envelope": "bounded members of an event, matched as a whole",
    "events.wire.fast_path": "the beginning of a request's body, and ids",
    "events.wire.timestamps": "a time, matched as a whole",
    "memory.values.compressed_fields": "ids of rows",
    "memory.values.host_markup": "tags that the host puts into texts",
    "memory.values.model_names": "names of models, which are bounded",
    "memory.values.model_prices": "names of models, which are bounded",
    "memory.notifications.channel_messages": "single characters that Discord takes for markup",
    "memory.context.quoting": "text that is removed from a context",
    "dashboard.render.safe_text": "single characters that must be shown as visible ones",
    "dashboard.base.filter_query": "parameters of an address",
    "dashboard.session.session_data": "parameters of an address",
}
AT_A_PLACE = frozenset({"match", "fullmatch"})
UNBOUNDED, DEAREST = 2_000, 1_100  # repetitions; steps at one place of the text
REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
Items = list[tuple[Any, Any]]


def faults(pattern: "re.Pattern[Any]", *, at_a_place: bool) -> list[str]:
    """The reasons why this pattern may take more than linear time.

    `at_a_place`: it is tried at only one place of a text.
    """
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    parsed = _parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    found = list(_faults(list(parsed), [], at_a_place=at_a_place))
    if at_a_place and sum(_is_open(item) for item in _all(list(parsed)) if item[0] is _constants.MAX_REPEAT) > 1:
        found.append("more than one open repetition that goes back")
    if not at_a_place and _steps(list(parsed)) > DEAREST:
        found.append("too many steps at each place")
    return found


def _faults(items: Items, after: Items, *, at_a_place: bool, within: Any = None) -> Iterator[str]:
    for at, item in enumerate(items):
        op, argument = item
        rest = [*items[at + 1 :], *after]
        if op in REPEATS:
            least, most, inner = argument
            if op is _constants.MIN_REPEAT and most > 1:
                yield "a lazy repetition"
            if _is_open(item):
                if within is not None and not (op is within is _constants.POSSESSIVE_REPEAT):
                    yield "an open repetition within another"
                if not at_a_place and any(map(_can_fail, rest)):
                    yield "something that can fail behind an open repetition"
            again = list(inner) if least > 1 else []
            # If nothing after it can fail, a repetition backtracks as little as a possessive one.
            as_if = op if any(map(_can_fail, rest)) else _constants.POSSESSIVE_REPEAT
            yield from _faults(
                list(inner), [*again, *rest], at_a_place=at_a_place, within=as_if if most > 1 else within
            )
        for branch in _inside(item) if op not in REPEATS else ():
            yield from _faults(branch, rest, at_a_place=at_a_place, within=within)


def _is_open(item: tuple[Any, Any]) -> bool:
    return item[0] in REPEATS and int(item[1][1]) > UNBOUNDED


def _inside(item: tuple[Any, Any]) -> list[Items]:
    """The sequences inside an item."""
    op, argument = item
    if op in REPEATS:
        return [list(argument[2])]
    if op is _constants.SUBPATTERN:
        return [list(argument[3])]
    if op is _constants.BRANCH:
        return [list(branch) for branch in argument[1]]
    if op in (_constants.ASSERT, _constants.ASSERT_NOT):
        return [list(argument[1])]
    if op is _constants.ATOMIC_GROUP:
        return [list(argument)]
    return []


def _all(items: Items) -> Iterator[tuple[Any, Any]]:
    for item in items:
        yield item
        for inner in _inside(item):
            yield from _all(inner)


def _can_fail(item: tuple[Any, Any]) -> bool:
    op, argument = item
    if op in REPEATS:
        return int(argument[0]) > 0 and any(map(_can_fail, argument[2]))
    if op is _constants.BRANCH:
        return all(any(map(_can_fail, branch)) for branch in argument[1])
    if op is _constants.SUBPATTERN:
        return any(map(_can_fail, argument[3]))
    return True


def _steps(items: Items) -> int:
    """An upper estimate of the steps at one place, without open repetitions.

    Items that backtrack multiply the steps.
    """
    tries, once = 1, 0
    for item in items:
        inner = max((_steps(inner) for inner in _inside(item)), default=1)
        steps = max(1, int(item[1][1])) * inner if item[0] in REPEATS and not _is_open(item) else inner
        if item[0] is _constants.POSSESSIVE_REPEAT:
            once += steps
        else:
            tries *= steps
    return tries + once


def modules() -> list[str]:
    return [
        found.name
        for room in ROOMS
        for found in pkgutil.walk_packages([str(ROOT / room)], f"{room}.")
        if ".migrations" not in found.name and ".management" not in found.name
    ]


def _tree(module: str) -> ast.Module:
    path = ROOT / Path(*module.split("."))
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text())


def test_patterns_are_compiled_in_few_modules() -> None:
    using = {
        module
        for module in modules()
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"
    }
    assert using <= set(OWN)


def methods() -> dict[str, set[str]]:
    """The methods with which each name of `events.wire.patterns` is used in the packages."""
    found: dict[str, set[str]] = {}
    for module in modules():
        parents = {child: node for node in ast.walk(_tree(module)) for child in ast.iter_child_nodes(node)}
        for node, parent in parents.items():
            if not (
                isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "patterns"
            ):
                continue
            if node.attr == "source_code_pattern":
                continue  # the patterns that it makes are checked below
            if isinstance(parent, ast.Subscript):
                parent = parents[parent]
            method = parent.attr if isinstance(parent, ast.Attribute) else f"is not called at once in {module}"
            found.setdefault(node.attr, set()).add(method)
    return found


METHODS = {"match", "fullmatch", "search", "sub", "split", "findall", "finditer"}


def test_each_pattern_is_called_where_it_is_named() -> None:
    assert {name: used - METHODS for name, used in methods().items() if used - METHODS} == {}


def test_each_pattern_is_used() -> None:
    assert set(compiled("events.wire.patterns")) == set(methods())


def compiled(module: str) -> dict[str, list["re.Pattern[Any]"]]:
    found: dict[str, list[re.Pattern[Any]]] = {}
    for name, value in vars(importlib.import_module(module)).items():
        values = value.values() if isinstance(value, dict) else [value]
        if listed := [one for one in values if isinstance(one, re.Pattern)]:
            found[name] = listed
    return found


@pytest.mark.parametrize("module", sorted(set(OWN) & set(modules())))
def test_every_pattern_takes_linear_time_by_its_structure(module: str) -> None:
    used = methods() if module == "events.wire.patterns" else {}
    found = {
        name: told
        for name, listed in compiled(module).items()
        for one in listed
        # Other modules match a whole text or one character. The growth tests check that these patterns are tried at one
        # place; this test checks that they nest no open repetitions.
        if (told := faults(one, at_a_place=used.get(name, AT_A_PLACE) <= AT_A_PLACE))
    }
    assert found == {}


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_is_read_in_linear_time(name: str) -> None:
    assert faults(LANGUAGES[name].pattern, at_a_place=False) == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"<system-reminder>(.*?)</system-reminder>",
        r"<a>.*</a>",
        r"(?:a+)+",
        r"(?:a*b*)*",
        r"\s+$",
        r"a{0,50}b{0,50}c",
        r'"(?:[^"\\]|\\.)*"',
        r"[^)]*+\)",
        r"(?:x|\w+)y",
        r"(?:ab+){2}",
    ],
)
def test_the_check_finds_what_is_not_linear(pattern: str) -> None:
    assert faults(re.compile(pattern), at_a_place=False)


@pytest.mark.parametrize("pattern", [r"(?:a+)+b", r"\w+\s+x", r"a.*?b"])
def test_the_check_finds_it_at_one_place_too(pattern: str) -> None:
    assert faults(re.compile(pattern), at_a_place=True)


def test_a_pattern_of_ours_is_one_that_was_looked_at() -> None:
    assert len(compiled("events.wire.patterns")) > 30
    assert patterns.JSON_TOKEN in compiled("events.wire.patterns")["JSON_TOKEN"]
