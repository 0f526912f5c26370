"""Every caller writes the log through one function, which notifies the open streams of every process."""

import io
import json
import re
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from events.deletion import event_deletion
from events.store import drafts, log, stream_hub
from events.wire import batch_parser
from tests.events.make import make_event
from tests.people import Person
from tests.server import ROOT, wait_for

APPS = ("accounts", "backups", "dashboard", "events", "memory", "sync")
# The function itself, and the tombstones of events that this server never had.
INSERTS = {"events/store/append_rows.py", "events/deletion/event_deletion.py"}
INSERT = re.compile(r"INSERT INTO events_event\b|\bEvent\.objects\.[^\n]*(?:bulk_create|\.create|get_or_create)\(")


class Channel:
    """Listens to the notifications of other processes, as a web process does."""

    def __init__(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL)
        self._channel = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._channel.subscribe(stream_hub.REDIS_CHANNEL)
        wait_for(lambda: self._channel.subscribed, what="the subscription")

    def hears_of(self, person: Person) -> bool:
        """Whether a notification for this person arrives within two seconds; others are ignored."""
        heard = (self._channel.get_message(timeout=0.1) for _ in range(20))
        return any(message and message["data"] == person.id.bytes for message in heard)


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
def test_the_function_of_the_database_is_the_file_that_its_caller_names() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'events_append'")
        (stored,) = [source for (source,) in cursor.fetchall()]
    newest = max((ROOT / "events/sql").glob("append_events.v*.sql"), key=lambda path: int(path.suffixes[0][2:]))
    assert stored == newest.read_text().split("$$")[1]
