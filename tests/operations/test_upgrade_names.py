"""A database from before the rename of tables and columns: after the upgrade every row has its new names."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.databases import create_postgresql, drop_postgresql
from tests.house.test_start import manage

# The last migrations of that release.
BEFORE = (("memory", "0011"), ("sync", "0002"), ("events", "0007"), ("accounts", "0005"), ("backups", "0001"))
USER, OTHER, MADE = uuid4(), uuid4(), uuid4()
FILL = f"""
import json
from uuid import UUID
from django.db import connection
user, other, made = UUID("{USER}"), UUID("{OTHER}"), UUID("{MADE}")
EMPTY = {{"text": "", "character": "", "json": "[]", "bytes": b"", "time": "2026-01-02 03:04:05+00:00", "uuid": other}}

def kind(type_):
    type_ = str(type_).lower()
    for part, name in (("char", "character"), ("text", "text"), ("json", "json"), ("blob", "bytes"), ("bytea", "bytes"),
                       ("time", "time"), ("uuid", "uuid"), ("bool", "bool")):
        if part in type_:
            return name
    return "number"

def columns(cursor, table):
    if connection.vendor == "sqlite":
        cursor.execute(f"PRAGMA table_info({{table}})")
        return [(name, type_) for _, name, type_, required, default, key in cursor.fetchall()
                if required and default is None and not (key and type_ == "integer")]
    cursor.execute("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s "
                   "AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'", [table])
    return cursor.fetchall()

def put(table, **values):
    with connection.cursor() as cursor:
        for name, type_ in columns(cursor, table):
            values.setdefault(name, EMPTY.get(kind(type_), False if kind(type_) == "bool" else 0))
        names = ", ".join(map(connection.ops.quote_name, values))
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {{table}} ({{names}}) VALUES ({{marks}})", list(values.values()))

from django.db import transaction
with transaction.atomic():
    put("accounts_user", id=user, email="alice@example.com", password="!", is_active=True, epoch=7, live_link=made)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('memfog.users', %s, true)", [str(user)])
    put("accounts_session", session_key="k", session_data="d", user_id=user)
    put("accounts_outgoingmail", id=made, user_id=user, kind="nothing", tries=3, network=b"n")
    put("events_stream", user_id=user, head=1, retired=True)
    put("events_place", id=5, user_id=user, project="/w", key=b"k" * 16)
    put("events_event", user_id=user, seq=1, id=made, place_id=5, was=9)
    put("events_retention", user_id=user, days=30, bytes=4, at_us=5)
    put("events_retired", user_id=user, shelf=258, ids=b"i" * 16)
    put("memory_choice", user_id=user, session_id="s", title="Mine", starred=True)
    put("memory_mark", user_id=user, seq=1, words="My words")
    put("memory_allowance", user_id=user, place_key=6, place="/w", tokens=700)
    put("memory_preference", user_id=user, skipped="Read")
    put("memory_helper", user_id=user, key=b"sealed", cap_microdollars=8, since_us=9, trouble="none", on=True)
    put("memory_retelling", user_id=user, session_id="s", asked_us=1, tries=2, next_us=3, why="busy", outcome="told")
    put("memory_progress", user_id=user, cursor=1, version=10, begun=4)
    put("memory_tally", user_id=user, session_id="s", slot=1, kind="prompt", count=2, lasted_us=11)
    put("memory_moment", user_id=user, seq=1, session_id="s", at_us=12)
    put("sync_link", user_id=user, made=made, other=other, token=b"t", url="https://x", on=True, marks="[]", mark="m",
        pushed=3, went_back=1, deleted_there=2, deleted_here=4, tries=5, trouble="late")
    put("sync_stretch", user_id=user, first=1, last=2)
    put("sync_refusal", user_id=user, event_id="e", code="bad_id", up=True)
"""
LOOK = f"""
import json
from uuid import UUID
from accounts.models import BrowserSession, OutgoingMail, User
from events.isolation.row_security import acting_for
from events.models import Event, Location, RemovedIds, RetentionPolicy, Stream
from memory.models import (Annotation, ContextBudget, HalfHourCount, LlmConfig, LlmSummary, MemoryPreference,
    ProjectionState, SessionEvent, SessionPreference)
from sync.models import RejectedEvent, SyncedRange, SyncLink
user = UUID("{USER}")
def row(model, *names):
    rows = model.objects.for_user(user) if hasattr(model.objects, "for_user") else model.objects.filter(user_id=user)
    (found,) = rows.values_list(*names)
    return [bytes(one).decode() if isinstance(one, bytes | memoryview) else str(one) for one in found]
with acting_for(user):
    print(json.dumps([
        [str(one) for one in User.objects.filter(id=user).values_list("credential_epoch", "active_link_id")[0]],
        row(BrowserSession, "session_key"), row(OutgoingMail, "kind", "attempts", "network_digest"),
        row(Stream, "head", "has_removed_ids"), row(Location, "id", "project"),
        row(Event, "location_id", "original_seq"), row(RetentionPolicy, "max_days", "max_bytes", "last_applied_us"),
        row(RemovedIds, "prefix", "ids"), row(SessionPreference, "title"), row(Annotation, "replacement_text"),
        row(ContextBudget, "location_key", "location", "tokens"), row(MemoryPreference, "excluded_tools"),
        row(LlmConfig, "encrypted_key", "monthly_cap_microdollars", "enabled_since_us", "last_error", "enabled"),
        row(LlmSummary, "requested_us", "attempts", "next_attempt_us", "failure_reason", "outcome"),
        row(ProjectionState, "rules_version", "generation"), row(HalfHourCount, "count", "duration_us"),
        row(SessionEvent, "at_us"),
        row(SyncLink, "link_id", "remote_user_id", "encrypted_token", "row_digest", "pushed_seq", "rewinds",
            "deleted_remotely", "deleted_locally", "attempts", "last_error", "enabled"),
        row(SyncedRange, "last"), row(RejectedEvent, "event_id", "was_push"),
    ]))
"""
FOUND = [
    ["7", str(MADE)],
    ["k"],
    ["nothing", "3", "n"],
    ["1", "True"],
    ["5", "/w"],
    ["5", "9"],
    ["30", "4", "5"],
    ["258", "i" * 16],
    ["Mine"],
    ["My words"],
    ["6", "/w", "700"],
    ["Read"],
    ["sealed", "8", "9", "none", "True"],
    ["1", "2", "3", "busy", "summarized"],
    ["10", "4"],
    ["2", "11"],
    ["12"],
    [str(MADE), str(OTHER), "t", "m", "3", "1", "2", "4", "5", "late", "True"],
    ["2"],
    ["e", "True"],
]


@pytest.fixture
def postgresql() -> Iterator[dict[str, str]]:
    superuser, name = os.environ["MEMFOG_TEST_POSTGRES"], f"memfog_test_upgrade_{os.getpid()}"
    drop_postgresql(superuser, name)
    yield {"DATABASE_URL": create_postgresql(superuser, name, migrated=False)}
    drop_postgresql(superuser, name)


def upgrade(environment: dict[str, str]) -> list[list[str]]:
    for app, name in BEFORE:
        ran = manage("migrate", "-v0", app, name, **environment)
        assert ran.returncode == 0, ran.stderr
    filled = manage("shell", "-v0", "-c", FILL, **environment)
    assert filled.returncode == 0, filled.stderr
    migrated = manage("migrate", "-v0", **environment)
    assert migrated.returncode == 0, migrated.stderr
    looked = manage("shell", "-v0", "-c", LOOK, **environment)
    assert looked.returncode == 0, looked.stderr
    found: list[list[str]] = json.loads(looked.stdout)
    return found


@pytest.mark.slow
def test_on_sqlite(tmp_path: Path) -> None:
    environment = {"MEMFOG_DATA": str(tmp_path)}
    assert upgrade(environment) == FOUND
    back = [manage("migrate", "-v0", app, name, **environment) for app, name in BEFORE]
    assert [ran.stderr for ran in back if ran.returncode] == []


@pytest.mark.slow
@pytest.mark.postgresql
def test_on_postgresql(postgresql: dict[str, str], tmp_path: Path) -> None:
    environment = {**postgresql, "MEMFOG_DATA": str(tmp_path)}
    assert upgrade(environment) == FOUND
    back = [manage("migrate", "-v0", app, name, **environment) for app, name in BEFORE]
    assert [ran.stderr for ran in back if ran.returncode] == []
