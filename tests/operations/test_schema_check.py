"""`/readyz` tells whether code and schema fit, whichever is newer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operations.own_database import OwnDatabase, run
from tests.server import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]
ASK = """
from django.test import Client
answer = Client(SERVER_NAME="127.0.0.1").get("/readyz")
print(answer.status_code, answer.content.decode())
"""


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[OwnDatabase]:
    made = OwnDatabase(tmp_path)
    yield made
    made.drop()


def ask(database: OwnDatabase) -> tuple[int, dict[str, Any]]:
    status, _, text = run(ROOT, database.environment, "manage.py", "shell", "-v0", "-c", ASK).partition(" ")
    return int(status), json.loads(text)


@pytest.mark.sweep
def test_a_schema_that_only_grew_is_fine(schema: OwnDatabase) -> None:
    status, parts = ask(schema)
    assert (status, parts["migrations"], parts["schema"], "reason" in parts) == (200, "ok", "ok", False)
    schema.migrate('AddField("session", "scratch", models.TextField(null=True))')
    schema.migrate('AddField("session", "counted", models.IntegerField(db_default=0))')
    schema.migrate('CreateModel("Scratch", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())])')
    assert ask(schema)[0] == 200


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ('RemoveField("session", "branch")', "column memory_session.branch is missing"),
        (
            'AddField("session", "scratch", models.IntegerField(default=0))',
            "column memory_session.scratch is unknown and must be filled",
        ),
    ],
    ids=["less", "more"],
)
def test_a_schema_without_what_the_code_needs_is_named(schema: OwnDatabase, operation: str, reason: str) -> None:
    schema.migrate(operation)
    status, parts = ask(schema)
    assert (status, parts["migrations"], parts["schema"], parts["reason"]) == (503, "ok", "down", reason)


def test_a_migration_that_is_not_applied_is_named(schema: OwnDatabase) -> None:
    forget = (
        "from django.db import connection as c; c.cursor().execute(\"DELETE FROM django_migrations WHERE app = 'sync'"
    )
    run(ROOT, schema.owner, "manage.py", "shell", "-v0", "-c", f"{forget} AND name LIKE '0004%'\")")
    status, parts = ask(schema)
    assert (status, parts["reason"]) == (503, "migration sync.0004_user_first_keys is not applied")
