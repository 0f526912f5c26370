"""All names in the documents exist: files, modules, commands, routes, codes, limits and settings."""

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class

from accounts.api_base.problem import PROBLEM_TYPES
from memfog import openapi
from script.benchmarks.shared.catalog import BENCHMARKS
from tests.house.test_house import ROOMS, ROOT, settings_read
from tests.house.test_isolation import routes
from tests.house.test_words import FILES, PATH, is_served


def files() -> Iterator[str]:
    """Yields the files of the repository, without installed and generated files."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name != "node_modules" and (name[0] != "." or name == ".ci")]
        yield from (Path(folder, name).relative_to(ROOT).as_posix() for name in names)


REPOSITORY = sorted(files())
DOCUMENTS = [path for path in REPOSITORY if path.endswith(".md")]
CONTRACT = (ROOT / "docs/contract.md").read_text()
GLOSSARY = (ROOT / "docs/glossary.md").read_text()
# Names in a document: inline code, code blocks and the targets of links.
CODE = re.compile(r"^ *(`{3,})\w*\n(.*?)^ *\1|(?<!`)`([^`]+)`(?!`)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
PATH_OF_FILE = re.compile(r"(?<![\w/.~$<{:-])(?:[\w.-]+/)+[\w.*-]*")
FILE = re.compile(r"(?<![\w/.~$<{:-])[\w.-]+\.(?:py|js|cjs|html|css|toml|lock|sql)(?![\w/])")
MODULE = re.compile(rf"(?<![\w/.-])(?:{'|'.join((*ROOMS, 'script', 'tests'))})(?:\.[A-Za-z_]\w*)+(?![\w/])")
SCRIPT = re.compile(r"(?<![\w/.~-])((?:script|\.ci)/[\w.-]+)")
MANAGE = re.compile(r"manage\.py +(\w+)((?: +[^\s|;&>`]+)*)")
CLIENT = re.compile(
    r"(?:^ *(?:npx -y +)?|npx -y +\S*|node client/bin/)memfog(?:\.tgz|@latest|\.js)? ([a-z][\w-]*)(?![\w:])"
)
BENCHMARK = re.compile(r"script/bench ([a-z]+)")
# A statement of Python in one line: `from memory.projection import projector; print(projector.VERSION)`.
IMPORT = re.compile(rf"from ((?:{'|'.join(ROOMS)})[\w.]*) import (\w+)")
TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE) ((?:accounts|backups|events|memory|sync)_\w+)")
# Texts that look like names of this repository: an export, a made-up server, PostgreSQL settings, a made-up file.
ELSEWHERE = {"memfog.ndjson", "memfog.example.com", "memfog.users", "memfog.sought", "total.py"}
# Commands of Django.
DJANGOS = {"migrate", "check", "createsuperuser"}


def code(name: str) -> list[str]:
    return [block or inline for _, block, inline in CODE.findall((ROOT / name).read_text())]


@cache
def folders() -> frozenset[str]:
    """Returns the folders at the root of the repository. A text that begins with one of them is a path."""
    return frozenset(path.split("/")[0] for path in REPOSITORY if "/" in path)


@cache
def file_names() -> frozenset[str]:
    return frozenset(Path(path).name for path in REPOSITORY)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    links = LINK.findall((ROOT / name).read_text())
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_names_exists(name: str) -> None:
    named = {path for text in code(name) for path in PATH_OF_FILE.findall(text)}
    paths = {path for path in named if path.split("/")[0] in folders()}
    bases = (ROOT, (ROOT / name).parent)
    assert [path for path in sorted(paths) if not any(list(base.glob(path.rstrip("/"))) for base in bases)] == []
    files = {file for text in code(name) for file in FILE.findall(text)}
    assert [file for file in sorted(files) if file not in file_names() | ELSEWHERE] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_module_that_a_document_names_exists(name: str) -> None:
    named = {module for text in code(name) for module in MODULE.findall(text)}
    assert [module for module in sorted(named - ELSEWHERE) if not is_there(module)] == []


def is_there(dotted: str) -> bool:
    """Whether this is a module, or a name that a module defines."""
    module, _, name = dotted.rpartition(".")
    return any(source(dotted)) or any(defines(path, name) for path in source(module))


def source(dotted: str) -> list[Path]:
    path = ROOT / dotted.replace(".", "/")
    return [one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()]


def defines(path: Path, name: str) -> bool:
    tree = ast.parse(path.read_text())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return name in names | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_name_that_a_statement_in_a_document_uses_exists(name: str) -> None:
    found = [(text, *named) for text in code(name) for named in IMPORT.findall(text)]
    used = {f"{module}.{what}" for _, module, what in found}
    used |= {f"{module}.{what}.{member}" for text, module, what in found for member in members(what, text)}
    assert [dotted for dotted in sorted(used) if not is_there(dotted)] == []
    tables = {table for text in code(name) for table in TABLE.findall(text)}
    assert tables <= {model._meta.db_table for model in apps.get_models()}


def members(module: str, text: str) -> list[str]:
    return re.findall(rf"\b{module}\.(\w+)", text)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_script_that_a_document_names_exists(name: str) -> None:
    named = {script for text in code(name) for script in SCRIPT.findall(text)}
    assert [script for script in sorted(named) if not (ROOT / script).exists()] == []
    assert {bench for text in code(name) for bench in BENCHMARK.findall(text)} <= set(BENCHMARKS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_the_server_that_a_document_names_exists(name: str) -> None:
    for command, words in (found for text in code(name) for found in MANAGE.findall(text)):
        assert command in get_commands()
        if command not in DJANGOS:
            options = set(re.findall(r"--[a-z][\w-]*", words))
            app = get_commands()[command]
            known = load_command_class(str(app), command).create_parser("manage.py", command)._option_string_actions
            assert options <= set(known)


@cache
def client_commands() -> frozenset[str]:
    told = subprocess.run(["node", "client/bin/memfog.js", "--help"], cwd=ROOT, capture_output=True, text=True)
    return frozenset(re.findall(r"memfog ([a-z]+)\b", told.stdout)) | {"whoami"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_the_client_that_a_document_names_exists(name: str) -> None:
    named = {command for text in code(name) for line in text.splitlines() for command in CLIENT.findall(line)}
    assert named <= client_commands()


@pytest.mark.parametrize("name", ["docs/contract.md", "docs/architecture.md", "CONTRIBUTING.md"])
def test_every_route_that_a_document_names_is_served(name: str) -> None:
    named = {path.rstrip(".") for path in PATH.findall((ROOT / name).read_text()) if not FILES.match(path)}
    assert [path for path in sorted(named) if not is_served(path) and not is_beginning(path)] == []


def is_beginning(path: str) -> bool:
    """Whether this path is the beginning of several routes, such as `/auth/…`."""
    return any(route.startswith(f"{path.rstrip('/')}/") for route in routes())


def test_the_contract_names_every_operation_of_the_api_and_no_other() -> None:
    paths = openapi.build_document()["paths"]
    operations = {
        f"{method.upper()} {re.sub(r'{.*?}', '<id>', path)}"
        for path, methods in paths.items()
        for method in methods
        if method != "parameters"
    }
    rows = re.findall(r"^\| `((?:GET|POST|DELETE) /[^`?]*)[^`]*` \|", CONTRACT, re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == operations


def test_the_contract_names_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*) \|$", CONTRACT, re.MULTILINE)
    named = {code: int(status) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert named == {code: kind.status for code, kind in PROBLEM_TYPES.items()}


def test_the_contract_names_every_limit_with_its_value() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", CONTRACT, re.MULTILINE)
    assert {name: int(value.replace(",", "")) for name, value in rows} == settings.LIMITS


def test_the_contract_names_every_setting_and_no_other() -> None:
    last = CONTRACT.partition("## 5. Settings")[2]
    assert set(re.findall(r"`([A-Z][A-Z0-9_]+)`", last)) == settings_read()
    before = set(re.findall(r"`([A-Z]+(?:_[A-Z0-9]+)+)`", CONTRACT))
    assert before <= settings_read()


def test_the_glossary_defines_each_term_once() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \| \S.* \|$", GLOSSARY, re.MULTILINE)
    assert len(terms) >= 40
    assert len(terms) == len({term.lower() for term in terms})
    assert terms == sorted(terms, key=str.lower)
