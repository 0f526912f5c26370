"""A database for one test, which may change its schema, and the commands that run on it."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from tests import forking
from tests.databases import ROLE, copy_sqlite, create_postgresql, database_url, drop_postgresql
from tests.server import ROOT

SUPERUSER = os.environ.get("MEMFOG_TEST_POSTGRES", "")
# Does to the schema what a migration with this operation would.
_MIGRATE = """
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
before = MigrationLoader(connection).project_state()
after = before.clone()
operation = migrations.{operation}
operation.state_forwards("memory", after)
with connection.schema_editor() as editor:
    operation.database_forwards("memory", editor, before, after)
MigrationRecorder(connection).record_applied("memory", "9999_scratch")
"""


class OwnDatabase:
    """A database of its own with the schema of this release, or empty if not `migrated`.

    `owner` migrates it, `environment` is the server's.
    """

    def __init__(self, data: Path, *, migrated: bool = True) -> None:
        self.name = f"memfog_test_release_{uuid4().hex[:12]}"
        self.environment = {**os.environ, "MEMFOG_DATA": str(data), "REDIS_URL": ""}
        self.owner = self.environment
        if SUPERUSER:
            url = database_url(SUPERUSER, ROLE, self.name)
            owner_url = create_postgresql(SUPERUSER, self.name, migrated=migrated)
            self.owner = {**self.environment, "DATABASE_URL": owner_url}
            self.environment = {**self.environment, "DATABASE_URL": url}
        elif migrated:
            copy_sqlite(data / "memfog.sqlite3")

    def drop(self) -> None:
        if SUPERUSER:
            drop_postgresql(SUPERUSER, self.name)

    def migrate(self, operation: str) -> None:
        """Applies an operation of `django.db.migrations` in the app `memory`, as a migration that no code knows."""
        run(ROOT, self.owner, "manage.py", "shell", "-v0", "-c", _MIGRATE.format(operation=operation))


def run(folder: Path, environment: dict[str, str], *command: str) -> str:
    """Runs Python with these arguments in a folder with the code of Memfog, this one or an older one."""
    done = forking.libraries().run(command, environment) if folder == ROOT else _run_older(folder, environment, command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _run_older(
    folder: Path, environment: dict[str, str], command: tuple[str, ...]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
