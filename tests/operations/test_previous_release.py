"""In an upgrade the code of the previous release runs on the new schema for a while; after a rollback, for longer."""

import subprocess
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.db import migrations
from django.db.migrations.operations.base import Operation

from tests.operations import previous_release
from tests.operations.own_database import OwnDatabase, run
from tests.operations.release_server import serve
from tests.server import ROOT

APPS = ("accounts", "backups", "events", "memory", "sync")


@pytest.fixture
def new_database(tmp_path: Path) -> Iterator[OwnDatabase]:
    made = OwnDatabase(tmp_path)
    yield made
    made.drop()


def find_failures(old_code: Path, database: OwnDatabase) -> list[str]:
    """What the old code does wrong as a server on this database."""
    token = run(old_code, database.environment, "manage.py", "shell", "-v0", "-c", previous_release.MAKE_USER)
    with serve(old_code, database.environment) as http:
        return list(previous_release.find_failures(http, token))


ADDED = 'AddField("session", "scratch", models.TextField(null=True))'
DROPPED = 'RemoveField("session", "branch")'


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("operation", "runs"), [("", True), (ADDED, True), (DROPPED, False)], ids=["as-it-is", "expanded", "contracted"]
)
def test_the_previous_release_runs_on_this_schema(
    operation: str, runs: bool, old_code: Path, new_database: OwnDatabase
) -> None:
    """Fails for a migration that takes away what that release reads: expand now, contract in the next release."""
    if operation:
        new_database.migrate(operation)
    failures = find_failures(old_code, new_database)
    if runs:
        assert failures == []
    else:
        assert any(failure.startswith("GET /sessions/s1:") for failure in failures), failures


def test_a_clone_without_that_commit_is_told_so(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(previous_release.MissingCommitError, match="git fetch --unshallow"):
        previous_release.unpack(tmp_path / "to", repository=tmp_path)


def find_irreversible(operations: Iterable[Operation]) -> list[str]:
    return [type(operation).__name__ for operation in operations if not operation.reversible]


def new_migrations() -> list[tuple[str, str]]:
    """App and name of the migrations that the previous release does not have."""
    found = (path for app in APPS for path in sorted((ROOT / app / "migrations").glob("0*.py")))
    known = previous_release.list_migrations()
    return [(path.parts[-3], path.stem) for path in found if f"{path.parts[-3]}.{path.stem}" not in known]


def test_each_new_migration_can_be_taken_back() -> None:
    one_way = migrations.RunPython(migrations.RunPython.noop)
    both_ways = migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)
    assert find_irreversible([one_way, both_ways]) == ["RunPython"]
    for app, name in new_migrations():
        module = import_module(f"{app}.migrations.{name}")
        assert find_irreversible(module.Migration.operations) == [], f"{app}.{name}"


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_the_schema_goes_back_one_release_and_forward_again(new_database: OwnDatabase) -> None:
    last = {known.split(".")[0]: known.split(".")[1] for known in sorted(previous_release.list_migrations())}
    for app in {app for app, _ in new_migrations()}:
        run(ROOT, new_database.owner, "manage.py", "migrate", "-v0", app, last.get(app, "zero"))
    run(ROOT, new_database.owner, "manage.py", "migrate", "-v0")
    run(ROOT, new_database.owner, "manage.py", "migrate", "--check", "-v0")
