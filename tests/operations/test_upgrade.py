"""The SQLite database of an earlier Memfog keeps its data after an upgrade."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from events.store import event_compression
from tests.events.make import make_event
from tests.house.test_start import manage

USER, SESSION = uuid4(), str(uuid4())
# The last migrations under which UUIDs were stored as text.
BEFORE = (("memory", "0007"), ("events", "0006"), ("accounts", "0003"))
LOOK = f"""
from uuid import UUID
from accounts.models import User
from memory.search import query_parser, search_hits
from memory.sessions import session_queries
from memory.models import SessionPreference
user = User.objects.get(id=UUID("{USER}"))
found = search_hits.search_entries(user.id, query_parser.parse_query("refunds"), limit=9)
print(*(hit.entry.text for hit in found.hits))
print(*(seen.title for seen in session_queries.list_sessions(user.id, session_queries.SessionQuery(limit=9))))
print(SessionPreference.objects.for_user(user.id).get(session_id="{SESSION}").starred, user.email)
"""


@pytest.mark.slow
def test_what_was_kept_with_longer_names_is_found_again(tmp_path: Path) -> None:
    for app, name in BEFORE:
        assert manage("migrate", "-v0", app, name, MEMFOG_DATA=str(tmp_path)).returncode == 0
    with closing(sqlite3.connect(tmp_path / "memfog.sqlite3")) as database, database:
        fill(database)
    assert manage("migrate", "-v0", MEMFOG_DATA=str(tmp_path)).returncode == 0
    looked = manage("shell", "-v0", "-c", LOOK, MEMFOG_DATA=str(tmp_path))
    assert looked.stdout.splitlines() == ["Mend the refunds", "My own title", "True alice@example.com"], looked.stderr
    with closing(sqlite3.connect(tmp_path / "memfog.sqlite3")) as database:
        assert kept(database, "events_event", "id") == {bytes}
        assert kept(database, "accounts_user", "id") == {bytes}
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        # Backups run this check, too.
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def kept(database: sqlite3.Connection, table: str, column: str) -> set[type]:
    return {type(value) for (value,) in database.execute(f"SELECT {column} FROM {table}")}


def fill(database: sqlite3.Connection) -> None:
    """Inserts a user with one event and a session preference, in the old schema."""
    event = make_event("prompt_submit", {"session_id": SESSION, "prompt": "Mend the refunds"})
    body = event_compression.compress(json.dumps(event))
    moment = 1_760_000_000_000_000
    put(database, "accounts_user", id=USER.hex, email="alice@example.com", password="!", is_active=True)
    put(database, "events_stream", user_id=USER.hex, head=1, retired=False)
    place = put(database, "events_place", user_id=USER.hex, project="/w", root="", repo="", key=b"k" * 16)
    row = {"user_id": USER.hex, "seq": 1, "id": UUID(event["id"]).hex, "place_id": place, "body": body}
    put(database, "events_event", **row, ts_us=moment, received_us=moment)
    put(database, "memory_choice", user_id=USER.hex, session_id=SESSION, title="My own title", starred=True)


def put(database: sqlite3.Connection, table: str, **values: object) -> int | None:
    """Inserts a row with these values, and empty values in the other columns. Returns its id."""
    for _, name, type_, not_null, default, key in database.execute(f"PRAGMA table_info({table})").fetchall():
        if not_null and default is None and name not in values and not (key and type_ == "integer"):
            values[name] = "" if "char" in type_ or type_ == "text" else 0
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    made = database.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
    return made.lastrowid
