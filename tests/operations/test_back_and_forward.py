"""Derived values that a migration adds are lost when it is taken back; the next release derives them again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.own_database import OwnDatabase, run
from tests.server import ROOT

# Before the migrations that add columns and tables of derived values, and that this release brings.
BEFORE = ("memory", "0023")
FILL = """
import json
from events.archive import account_import
from tests.memory.make import changed_and_committed, event, usage
from tests.people import make_user

user = make_user("ada@example.com")
ANSWER = "msg_01AbCdEfGhJkLmNpQrStUvWx"
events = [event("prompt_submit", session=name, prompt="Do it") for name in ("s1", "s2")]
events += [usage(ANSWER, 1, session=name, output_tokens=10, model="claude-opus-4-8") for name in ("s1", "s2")]
events += changed_and_committed()
list(account_import.import_lines(user.id, [json.dumps(one).encode() for one in events]))
"""
LOOK = """
from accounts.models import User
from events.isolation.row_security import acting_for
from memory.models import FileChange, GitAct, Session, TokenUsage
from memory.projection import projector

user = User.objects.get(email="ada@example.com")
projector.catch_up(user.id)
with acting_for(user.id):
    print(*Session.objects.for_user(user.id).order_by("session_id").values_list("session_id", "output_tokens"))
    print(*TokenUsage.objects.for_user(user.id).order_by("session_id").values_list("session_id", "is_counted"))
    print(FileChange.objects.for_user(user.id).count(), GitAct.objects.for_user(user.id).count())
"""


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[OwnDatabase]:
    made = OwnDatabase(tmp_path)
    run(ROOT, made.environment, "manage.py", "shell", "-v0", "-c", FILL)
    yield made
    made.drop()


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_what_a_migration_took_along_is_derived_again(filled: OwnDatabase) -> None:
    def look() -> list[str]:
        return run(ROOT, filled.environment, "manage.py", "shell", "-v0", "-c", LOOK).splitlines()

    before = look()
    sessions, usages, changes = before
    assert usages.count("True") == 1
    assert sessions.count(", 10)") == 1
    assert "0" not in changes.split()
    run(ROOT, filled.owner, "manage.py", "migrate", "-v0", *BEFORE)
    run(ROOT, filled.owner, "manage.py", "migrate", "-v0")
    assert look() == before
