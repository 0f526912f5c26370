"""A server says that it is not ready where its code cannot serve the tables, whichever of the two is newer."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from memfog.monitoring.schema_fit import find_misfits
from tests.databases import copy_sqlite
from tests.environment import free_port
from tests.server import Server

KNOWN = [("mail", "id"), ("mail", "kind")]


@pytest.mark.parametrize(
    ("present", "misfits"),
    [
        ({"mail.id": False, "mail.kind": True}, []),
        ({"mail.id": False}, ["mail.kind"]),
        ({}, ["mail.id", "mail.kind"]),
        # A newer release added a column that may be left out, one that may not, and a table of its own.
        ({"mail.id": False, "mail.kind": True, "mail.new": False}, []),
        ({"mail.id": False, "mail.kind": True, "mail.new": True}, ["mail.new"]),
        ({"mail.id": False, "mail.kind": True, "other.new": True}, []),
    ],
)
def test_columns_are_needed_or_may_be_left_out(present: dict[str, bool], misfits: list[str]) -> None:
    columns = {(name.split(".")[0], name.split(".")[1]): needed for name, needed in present.items()}
    assert find_misfits(KNOWN, columns) == misfits


@pytest.fixture
def data(tmp_path: Path) -> Path:
    copy_sqlite(tmp_path / "memfog.sqlite3")
    return tmp_path


@pytest.fixture
def visitor(data: Path) -> Iterator[httpx.Client]:
    running = Server(free_port(), MEMFOG_DATA=str(data), DATABASE_URL="", REDIS_URL="").start()
    with running.client() as client:
        yield client
    running.stop()


def change(data: Path, statement: str) -> None:
    database = sqlite3.connect(data / "memfog.sqlite3")
    with database:
        database.execute(statement)
    database.close()


def test_a_contracted_schema_makes_503_and_an_expanded_one_does_not(visitor: httpx.Client, data: Path) -> None:
    change(data, "ALTER TABLE accounts_token ADD COLUMN of_the_next_release TEXT")
    answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json()["schema"]) == (200, "ok")
    change(data, "ALTER TABLE accounts_token RENAME COLUMN client TO renamed")
    answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json()["schema"], answer.json()["migrations"]) == (503, "down", "ok")
    assert int(answer.headers["retry-after"]) > 0
    assert "Something does not answer." in visitor.get("/status").text
