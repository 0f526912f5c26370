"""A backup holds all rows of the database at one point in time, and can be restored."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import load_command_class

from tests.backups.site import ON_POSTGRESQL, Site, query, rows, superuser
from tests.events.make import make_event
from tests.people import Person
from tests.server import wait_for

COMMANDS = ("backup_now", "backup_list", "backup_verify", "backup_restore", "backup_rehearse", "backup_prune")
ODD = [
    make_event(data={"prompt": "nothing \u0000 here"}),
    make_event(data={"prompt": "half a character \ud83d"}),
    make_event(data={"prompt": "x" * 1_000_000}),
    make_event(project="/häuser/🦊"),
]


def without_runs(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Removes the rows of backup runs: the backup holds its own run as running."""
    return {name: found for name, found in tables.items() if name != "backups_run"}


def received(url: str) -> dict[str, list[Any]]:
    """Returns the rows of all tables but those of `memory`, which the server may derive at any time."""
    return {name: found for name, found in rows(url).items() if not name.startswith("memory_")}


def test_what_is_restored_is_what_was_there_row_for_row(site: Site, carol: Person) -> None:
    carol.push(*ODD)
    before = without_runs(rows(site.url))
    name = site.ask("backup_now")["name"]
    into = site.new_database()
    done = site.restore(name, into)
    assert done.returncode == 0, done.stderr
    assert without_runs(rows(into)) == before
    assert site.run("migrate", "--check", DATABASE_URL=into).returncode == 0


@pytest.mark.postgresql
def test_a_restored_database_has_statistics(site: Site, carol: Person) -> None:
    """Without them the planner expects empty tables, and a page may take minutes."""
    carol.push(*ODD)
    name, into = site.ask("backup_now")["name"], site.new_database()
    assert site.restore(name, into).returncode == 0
    with psycopg.connect(into) as connection:
        counted = "SELECT count(*) FROM pg_class WHERE relname = ANY (%s) AND reltuples >= 0"
        tables = ["events_event", "events_stream", "accounts_user"]
        assert connection.execute(counted, [tables]).fetchall() == [(len(tables),)]


def test_a_manifest_says_what_was_kept(site: Site, carol: Person) -> None:
    carol.push(make_event())
    name = site.back_up()
    manifest = json.loads((site.store / name / "manifest.json").read_text())
    assert manifest["sealed"]["bytes"] == (site.store / name / "dump.age").stat().st_size
    assert manifest["recipients"] == site.environment["BACKUP_RECIPIENTS"].split(",")
    assert manifest["engine"] == ("postgresql" if ON_POSTGRESQL else "sqlite")
    events = manifest["tables"]["public.events_event" if ON_POSTGRESQL else "events_event"]
    assert events["rows"] == len(rows(site.url)["events_event"])


@pytest.mark.skipif(
    "CI" not in os.environ and not (shutil.which("age") and shutil.which("zstd")),
    reason="age and zstd are not installed",
)
def test_debians_age_opens_it(site: Site) -> None:
    name = site.back_up()
    sealed = site.store / name / "dump.age"
    opened = subprocess.run(["age", "--decrypt", "--identity", site.identity, sealed], capture_output=True, check=True)
    plain = subprocess.run(["zstd", "--decompress", "-c"], input=opened.stdout, capture_output=True, check=True)
    assert plain.stdout.startswith(b"PGDMP" if ON_POSTGRESQL else b"SQLite format 3")


def test_one_taken_while_events_arrive_is_one_point(site: Site, carol: Person) -> None:
    acknowledged: list[str] = []
    over = threading.Event()

    def capture() -> None:
        while not over.is_set():
            events = [make_event() for _ in range(20)]
            carol.push(*events)
            acknowledged.extend(event["id"] for event in events)

    thread = threading.Thread(target=capture)
    thread.start()
    try:
        wait_for(lambda: acknowledged, what="the first events")
        before = list(acknowledged)
        name = site.ask("backup_now")["name"]
        wait_for(lambda: len(acknowledged) > len(before), what="more events")
    finally:
        over.set()
        thread.join()
    into = site.new_database()
    assert site.restore(name, into).returncode == 0
    ids, numbers, heads = _log(into)
    assert before
    assert set(before) <= ids
    assert len(acknowledged) > len(before)
    assert {user: sorted(seqs) for user, seqs in numbers.items()} == {
        user: list(range(1, head + 1)) for user, head in heads.items() if head
    }


def _log(url: str) -> tuple[set[str], dict[Any, list[int]], dict[Any, int]]:
    """Returns the ids of all events, user → numbers of the events, and user → head of the log."""
    numbers: dict[Any, list[int]] = defaultdict(list)
    ids = set()
    for user, seq, event in query(url, "SELECT user_id, seq, id FROM events_event"):
        numbers[user].append(seq)
        ids.add(str(UUID(bytes=event) if isinstance(event, bytes) else event))
    return ids, numbers, dict(query(url, "SELECT user_id, head FROM events_stream"))


def test_a_target_that_is_not_empty_is_left_as_it_is(site: Site) -> None:
    name = site.back_up()
    before = received(site.url)
    done = site.restore(name, site.url)
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert received(site.url) == before


def test_force_replaces_what_is_there(site: Site, carol: Person) -> None:
    name, into = site.back_up(), site.new_database()
    assert site.restore(name, into).returncode == 0
    carol.push(make_event())
    before, later = without_runs(rows(site.url)), site.back_up()
    assert site.restore(later, into, "--force").returncode == 0
    assert without_runs(rows(into)) == before


def test_another_key_does_not_open_it(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    import pyrage

    stranger = tmp_path_factory.mktemp("stranger") / "identity"
    stranger.write_text(str(pyrage.x25519.Identity.generate()))
    name, into = site.back_up(), site.new_database()
    said = site.refused("backup_restore", name, "--into", into, "--identity", str(stranger))
    assert "cannot be decrypted" in said
    stranger.write_text("not a key")
    assert "not a file of age identities" in site.refused("backup_verify", name, "--identity", str(stranger))


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"BACKUP_RECIPIENTS": ""}, "No public key is configured"),
        ({"BACKUP_RECIPIENTS": "age1nonsense"}, "invalid age public key"),
        ({"BACKUP_URL": ""}, "Backups are not configured"),
        ({"BACKUP_URL": "/proc/nowhere"}, "The backup folder has no such file"),
    ],
)
def test_what_cannot_be_sealed_or_kept_is_not_made(site: Site, over: dict[str, str], says: str) -> None:
    assert says in site.refused("backup_now", **over)
    assert site.names() == []
    assert "Backup failed" in site.mails()[-1]


def test_list_fails_when_the_newest_is_too_old(site: Site) -> None:
    assert "There is no backup" in site.refused("backup_list", "--max-age", "26h")
    site.back_up()
    assert site.run("backup_list", "--max-age", "26h").returncode == 0
    assert "The newest backup is too old: it was made at" in site.refused("backup_list", "--max-age", "0m")
    assert site.run("backup_list", "--max-age", "soon").returncode == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    said = load_command_class("backups", command).create_parser("manage.py", command).format_help()
    assert "--json" in said
    assert len(said.partition("options:")[0].split("\n\n")[1]) > 40


def test_a_terminal_is_shown_how_far_it_is(site: Site) -> None:
    name = site.back_up()
    command = f"{sys.executable} manage.py backup_verify {name}"
    shown = subprocess.run(
        ["script", "-qec", command, "/dev/null"], env=site.environment, capture_output=True, text=True
    )
    assert "[##############################] 100 %" in shown.stdout
    assert "%" not in site.run("backup_verify", name).stderr


@pytest.mark.postgresql
def test_a_role_that_policies_bind_makes_none(site: Site, carol: Person) -> None:
    """For such a role, pg_dump would write a dump without events, and report success."""
    carol.push(make_event())
    said = site.refused("backup_now", BACKUP_DATABASE_URL=site.url)
    assert "Row-level security hides rows from this role" in said
    assert site.names() == []


@pytest.mark.postgresql
def test_a_role_that_may_not_read_all_makes_none(site: Site) -> None:
    with superuser(site.url.rpartition("/")[2]) as connection:
        connection.execute("CREATE SCHEMA aside; CREATE TABLE aside.secret (n int)")
        connection.execute("REVOKE pg_read_all_data FROM memfog_test_backup")
        try:
            assert "Backup failed" in site.refused("backup_now")
        finally:
            connection.execute("GRANT pg_read_all_data TO memfog_test_backup; DROP SCHEMA aside CASCADE")
    assert site.names() == []


@pytest.mark.postgresql
def test_passwords_stand_on_no_command_line(site: Site) -> None:
    with superuser() as connection:
        connection.execute("ALTER ROLE memfog_test_backup PASSWORD 'pa:ss\\word'")
    url = site.environment["BACKUP_DATABASE_URL"].replace("memfog_test_backup@", "memfog_test_backup:pa%3Ass%5Cword@")
    assert site.ask("backup_now", BACKUP_DATABASE_URL=url)["name"]
    assert not list(site.data.glob("backup-*"))


@pytest.mark.slow
def test_it_comes_back_across_versions_of_the_schema(site: Site) -> None:
    """A backup of an older Memfog is restored unchanged. A later migration updates its schema."""
    assert site.run("migrate", "-v0", "backups", "zero").returncode == 0
    try:
        older = rows(site.url)
        taken = site.shell(TAKE)
    finally:
        assert site.run("migrate", "-v0").returncode == 0
    into = site.new_database()
    assert site.restore(taken, into).returncode == 0
    assert rows(into) == older
    assert site.run("migrate", "-v0", DATABASE_URL=into).returncode == 0
    assert set(rows(into)) == set(rows(site.url))


# A backup of an older Memfog, which had no rows of backup runs.
TAKE = """
from pathlib import Path; from tempfile import mkdtemp
from django.conf import settings
from backups import backup_files
from backups.stores import store_registry
made = backup_files.make_backup(store_registry.open_store(), settings.BACKUP_DATABASE, settings.BACKUP_RECIPIENTS,
                         name="20260101T000000Z-0000", version="0", folder=Path(mkdtemp()), on_progress=lambda _: None)
print(made.name)
"""
