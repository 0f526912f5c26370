"""`/settings/sync` shows the state of the sync link, pauses and resumes it, and deletes it."""

from datetime import timedelta

import httpx
from django.utils import timezone

from sync import sync_links, tasks
from sync.models import SyncLink
from tests.accounts.calls import send
from tests.dashboard.visitor import page, sign_in, source
from tests.events.make import make_event
from tests.server import Server, wait_for
from tests.sync.conftest import Pair

PAGE = "/settings/sync"


def test_before_anybody_opted_in_it_says_that_nothing_leaves(http: httpx.Client, pair: Pair) -> None:
    text = page(sign_in(http, pair.laptop.user), PAGE)
    assert "Nothing leaves this machine" in text
    assert "manage.py sync --to https://app.memfog.com" in text
    assert PAGE in source(http, "/settings")
    http.get(PAGE)
    assert [send(http, f"{PAGE}/{verb}").status_code for verb in ("pause", "resume", "forget")] == [404] * 3


def test_it_says_how_it_stands(http: httpx.Client, pair: Pair) -> None:
    pair.laptop.push(*(make_event() for _ in range(1_000)))
    pair.laptop.push(*(make_event() for _ in range(234)))
    pair.opt_in(on=True)
    text = page(sign_in(http, pair.laptop.user), PAGE)
    assert pair.tap.url in text
    assert "Everything, in both directions" in text
    assert "1,234 sent, 0 received" in text
    assert "Once a minute" in text
    assert pair.cloud.token not in source(http, PAGE)


def test_it_pauses_resumes_and_forgets(http: httpx.Client, pair: Pair, server: Server) -> None:
    pair.opt_in("--project", "/mine", on=True)
    sign_in(http, pair.laptop.user)
    assert "<code>/mine</code> only" in page(http, PAGE)
    assert send(http, f"{PAGE}/pause").headers["location"] == PAGE
    assert "Paused" in page(http, PAGE)
    pair.laptop.push(make_event(project="/mine"))
    tasks.sync_due_links()
    assert pair.cloud.walk() == []
    send(http, f"{PAGE}/resume")
    tasks.sync_due_links()
    wait_for(lambda: pair.same, what="the sync")
    send(http, f"{PAGE}/forget")
    assert "Nothing leaves this machine" in page(http, PAGE)
    assert sync_links.load_link(pair.laptop.id) is None


def test_trouble_stands_there_and_nothing_of_it_is_markup(http: httpx.Client, pair: Pair) -> None:
    pair.opt_in()
    evil = "<script>alert(1)</script>"
    sync_links.add_rejected_events(pair.laptop.id, [("<b>id</b>", evil, evil), ("", "bad_id", "no id")], was_push=True)
    mine = SyncLink.objects.filter(user_id=pair.laptop.id)
    mine.update(last_error=evil, enabled=True, next_attempt_at=timezone.now() + timedelta(hours=1), may_delete=False)
    sign_in(http, pair.laptop.user)
    assert evil not in source(http, PAGE)
    text = page(http, PAGE)
    assert "It is tried again at" in text
    assert "may not delete" in text
    assert "2 events. The rest went on without them." in text
    mine.update(halted=True, last_synced_at=None)
    assert "It waits for you" in page(http, PAGE)
    mine.update(halted=False, last_error="")
    assert "never the same yet" in page(http, PAGE)
