"""Every caller writes the log through one function, which notifies the open streams of every process."""

import io
import json
import random
import re
from pathlib import Path
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from events.deletion import event_deletion
from events.retention import retention_delete
from events.store import drafts, live_channel, log
from events.wire import batch_parser
from tests.events.make import make_event
from tests.people import Person
from tests.server import ROOT, wait_for

APPS = ("accounts", "backups", "dashboard", "events", "memory", "sync")
# The function itself, and the tombstones of events that this server never had.
INSERTS = {"events/store/sqlite_append.py", "events/deletion/event_deletion.py"}
INSERT = re.compile(r"INSERT INTO events_event\b|\bEvent\.objects\.[^\n]*(?:bulk_create|\.create|get_or_create)\(")


class Channel:
    """Listens to the notifications of other processes, as a web process does."""

    def __init__(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL)
        self._channel = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._channel.subscribe(live_channel.CHANNEL)
        wait_for(lambda: self._channel.subscribed, what="the subscription")

    def hears_of(self, person: Person) -> bool:
        """Whether a notification for this person arrives within two seconds; others are ignored."""
        heard = (self._channel.get_message(timeout=0.1) for _ in range(20))
        return any(person.id in live_channel.decode_message(one["data"], own_mark=b"") for one in heard if one)


@pytest.fixture
def channel() -> Channel:
    return Channel()


def draft_of(person: Person, count: int = 1) -> drafts.Draft:
    body = json.dumps({"events": [make_event() for _ in range(count)]}).encode()
    return drafts.prepare(person.id, batch_parser.parse_body(body, allow_deletions=False)[0].events)


def test_nothing_else_inserts_events() -> None:
    files = (path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    assert {path.relative_to(ROOT).as_posix() for path in files if INSERT.search(path.read_text())} == INSERTS


def test_it_says_of_each_draft_which_rows_are_new(alice: Person, bob: Person) -> None:
    first, second = draft_of(alice, 3), draft_of(bob, 2)
    assert [one.accepted for one in log.append([first])] == [3]
    again = drafts.Draft(alice.id, [*first.rows, *draft_of(alice).rows, first.rows[0]])
    known, new = log.append([again, second])
    assert (known.accepted, known.duplicates, set(known.new_indices)) == (1, 4, {3})
    assert (new.accepted, new.duplicates, set(new.new_indices)) == (2, 0, {0, 1})


def test_what_is_new_gets_the_next_number_and_nothing_else_does(alice: Person, bob: Person) -> None:
    """Any drafts of two users, with ids that are new, known, twice in a call, deleted or removed by retention."""
    choose, pools = random.Random(18), {person.id: list(draft_of(person, 30).rows) for person in (alice, bob)}
    removed, deleted = pools[alice.id][:2], pools[alice.id][2:4]
    log.append([drafts.Draft(alice.id, [*removed, *deleted])])
    retention_delete.delete_expired(alice.id, [1, 2])
    event_deletion.write_tombstones(alice.id, [row.id for row in deleted])
    known = {alice.id: {row.id for row in (*removed, *deleted)}, bob.id: set[UUID]()}
    logs = {user: [record.id for record in log.load_after(user, 0, limit=100)] for user in pools}
    heads = {user: log.load_head(user) for user in pools}
    while any(len(known[user]) < len(pools[user]) for user in pools):
        users = choose.choices(list(pools), k=choose.randint(1, 3))
        calls = [drafts.Draft(user, choose.choices(pools[user], k=choose.randint(1, 4))) for user in users]
        for draft, appended in zip(calls, log.append(calls), strict=True):
            new = {}
            for index, row in enumerate(draft.rows):
                if row.id not in known[draft.user_id]:
                    known[draft.user_id].add(row.id)
                    new[index] = row.id
            assert (appended.accepted, appended.duplicates) == (len(new), len(draft.rows) - len(new))
            assert appended.new_indices == new.keys()
            logs[draft.user_id] += new.values()
            heads[draft.user_id] += len(new)
    for user, ids in logs.items():
        records = log.load_after(user, 0, limit=100)
        assert [record.id for record in records] == ids
        assert log.load_head(user) == heads[user] == records[-1].seq
        assert [record.seq for record in records] == sorted({record.seq for record in records})


@pytest.mark.redis
def test_an_import_by_a_command_wakes_pages_of_other_processes(alice: Person, channel: Channel, tmp_path: Path) -> None:
    file = tmp_path / "export"

    def is_heard_of() -> bool:
        # A notification may be lost while Redis is slow; the next event sends another.
        file.write_text(json.dumps(make_event()))
        call_command("import_account", str(file), user=alice.user.email, stdout=io.StringIO(), stderr=io.StringIO())
        return channel.hears_of(alice)

    wait_for(is_heard_of, what="the notification")


@pytest.mark.redis
def test_a_deletion_wakes_them_once_it_is_committed(alice: Person, channel: Channel) -> None:
    def is_heard_of() -> bool:
        with transaction.atomic():
            event_deletion.write_tombstones(alice.id, [draft_of(alice).rows[0].id])
            assert not channel.hears_of(alice)
        return channel.hears_of(alice)

    wait_for(is_heard_of, what="the notification")


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(("name", "files"), [("append", "append_events"), ("append_new", "append_new_events")])
def test_the_function_of_the_database_is_the_file_that_its_caller_names(name: str, files: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [f"events_{name}"])
        (stored,) = [source for (source,) in cursor.fetchall()]
    newest = max((ROOT / "events/sql").glob(f"{files}.v*.sql"), key=lambda path: int(path.suffixes[0][2:]))
    assert stored == newest.read_text().split("$$")[1]
