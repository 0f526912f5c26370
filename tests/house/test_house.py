"""The repository follows its own rules: settings are documented, packages are listed, error codes are registered."""

import ast
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from accounts.api_base.problem import PROBLEM_TYPES
from dashboard.render import row_text
from script.repository_size import count_code

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("memfog", "accounts", "events", "memory", "sync", "backups", "dashboard")
# Modules of one package: above `LARGE` it needs its own import contract.
LARGE = 8
# Files of code in one folder, of any language: above it readers find nothing.
LARGEST = 20
# Lines of a function; the aim is 3 to 15. Biome has the same limit for JavaScript.
LONGEST_FUNCTION = 30
# A platform or a shell sets these variables; no user writes them into a settings file.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def source_files() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def settings_read() -> set[str]:
    calls = (
        node for node in ast.walk(ast.parse((ROOT / "memfog/settings.py").read_text())) if isinstance(node, ast.Call)
    )
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_setting_stands_in_the_example_and_no_other() -> None:
    example = re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(example) == len(set(example))
    assert set(example) == settings_read()


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in sorted(settings_read()) if f"`{name}`" not in readme] == []


def test_the_environment_is_read_in_one_file() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in source_files()
        if re.search(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|getenv", path.read_text())
    ]
    # What systemd gives to a service is no setting.
    assert readers == ["memfog/server/socket_activation.py"]


def test_the_rooms_are_those_of_the_import_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "script"}
    assert set(contracts["root_packages"]) == packages == set(ROOMS)
    inside = {contract["containers"][0] for contract in contracts["contracts"] if "containers" in contract}
    assert inside == set(ROOMS) | {name for name, count in modules_of_packages().items() if count > LARGE}


@pytest.mark.parametrize("top", [*ROOMS, *("client", "script", "static", "templates", "tests")])
def test_no_folder_of_code_is_too_large_to_look_through(top: str) -> None:
    counts = count_code(ROOT, (top,))
    assert counts
    assert {folder: count for folder, count in counts.items() if count > LARGEST} == {}


def test_every_package_stands_in_the_architecture() -> None:
    told = (ROOT / "docs/architecture.md").read_text()
    packages = {path.parent.relative_to(ROOT).as_posix() for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py")}
    inner = {name for name in packages if "/" in name and not re.search("/(migrations|management)", name)}
    rooms = {name for name in count_code(ROOT, ("client/lib", "static/css", "static/js")) if name.count("/") > 1}
    assert {name for name in inner | rooms if f"| `{name}/` |" not in told} == set()


def modules_of_packages() -> Counter[str]:
    """Returns package → number of its modules and packages, for the packages of all apps."""
    parts = [path.parent.relative_to(ROOT).parts for path in source_files() if path.stem != "__init__"]
    return Counter(".".join(part) for part in parts if len(part) > 1 and not {"migrations", "commands"} & set(part))


@pytest.mark.parametrize("name", ["core", "common", "utils", "helpers", "services", "managers"])
def test_there_is_no_attic(name: str) -> None:
    assert [path for path in source_files() if name in (path.stem, path.parent.name)] == []


def test_every_reason_for_rejecting_an_event_is_a_known_code() -> None:
    envelope = (ROOT / "events/wire/envelope.py").read_text()
    reasons = set(re.findall(r'InvalidEvent\(\s*"(\w+)"', envelope)) | {"bad_id", "bad_ts", "bad_project", "bad_kind"}
    assert reasons <= set(PROBLEM_TYPES)
    assert all(PROBLEM_TYPES[reason].status in {400, 413} for reason in reasons)


def test_every_problem_that_is_raised_is_a_known_code() -> None:
    raised = {
        code
        for path in source_files()
        if path.name != "problem.py"
        for code in re.findall(r'Problem\(\s*"(\w+)"', path.read_text())
    }
    assert raised <= set(PROBLEM_TYPES)


def test_files_stay_small() -> None:
    long = {path.name: n for path in source_files() if (n := len(path.read_text().splitlines())) > 300}
    assert set(long) <= {"settings.py"}


def test_functions_stay_small() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in source_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_client_and_server_know_the_same_hooks() -> None:
    installed = {row["hook"]: row["event"] for row in json.loads((ROOT / "client/lib/hooks.json").read_text())}
    assert len(installed) == 12
    assert set(installed) <= set(row_text.HOOKS)
