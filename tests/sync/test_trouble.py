"""Failures between two servers are reported, retried if that helps, and never cost an event."""

import gzip
import io
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from accounts.credentials import api_tokens
from accounts.device_login import device_grant
from accounts.models import Scope, Token
from sync import sync_links, sync_run, tasks
from sync.models import RejectedEvent, SyncLink
from tests.events.make import make_event
from tests.people import People, Person
from tests.server import DEADLINE, Server, wait_for
from tests.sync.conftest import Pair, held, sync
from tests.sync.tap import Answer, Asked, Cut

Asking = tuple[io.StringIO, "Future[None]"]  # the output of a command, and its end


def link_of(person: Person) -> SyncLink:
    link = sync_links.load_link(person.id)
    assert link
    return link


def refused(person: Person) -> list[RejectedEvent]:
    return sync_links.list_rejected_events(person.id, limit=99)[0]


def instead(path: str, answer: Answer, *, times: int = 1_000_000) -> Any:
    """A hook that answers this many requests for this path itself."""
    left = [times]

    def before(asked: Asked) -> Answer | None:
        if asked.path != path or not left[0]:
            return None
        left[0] -= 1
        return answer

    return before


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replaces the wait of the command: records the seconds instead of waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("sync.management.commands.sync.sleep", seconds.append)
    return seconds


@pytest.fixture
def linked(pair: Pair) -> Pair:
    pair.laptop.push(make_event())
    pair.opt_in()
    pair.laptop.push(make_event())
    pair.tap.reset()
    return pair


def test_it_waits_as_long_as_it_is_asked_to_and_goes_on(linked: Pair, waited: list[float]) -> None:
    linked.tap.before = instead("/sync/push", Answer(429, headers={"Retry-After": "120"}), times=1)
    assert "1 sent" in linked.sync()
    assert 120 in waited
    assert linked.same


def test_in_the_background_it_waits_longer_each_time_and_then_goes_on(linked: Pair) -> None:
    linked.tap.before = instead("/me", Answer(503))
    sync_links.resume(linked.laptop.id)
    waits = [sync_run.run_sync(linked.laptop.id).wait_s for _ in range(5)]
    assert all(shorter < longer for shorter, longer in zip(waits, waits[2:], strict=False))
    link = link_of(linked.laptop)
    assert link.next_attempt_at
    assert "503" in link.last_error
    assert linked.laptop.id not in sync_links.list_due_users()
    linked.tap.reset()
    linked.sync()
    assert linked.same
    assert (link_of(linked.laptop).last_error, link_of(linked.laptop).next_attempt_at) == ("", None)
    assert linked.laptop.id in sync_links.list_due_users()


def test_after_some_tries_the_command_gives_up_and_says_why(linked: Pair) -> None:
    def cut(asked: Asked) -> Answer | None:
        raise Cut

    linked.tap.before = cut
    with pytest.raises(CommandError, match="cannot be reached"):
        linked.sync()


def test_a_server_that_bears_little_still_gets_everything(linked: Pair) -> None:
    linked.laptop.push(*(make_event() for _ in range(900)))
    linked.laptop.push(*(make_event() for _ in range(900)))
    count = [0]

    def every_second(asked: Asked) -> Answer | None:
        count[0] += asked.path == "/sync/push"
        return Answer(429, headers={"Retry-After": "1"}) if asked.path == "/sync/push" and count[0] % 2 == 0 else None

    linked.tap.before = every_second
    linked.sync()
    assert linked.same


def test_a_revoked_token_stops_it_until_there_is_another(people: People, linked: Pair) -> None:
    token_id = api_tokens.verify(linked.cloud.token)
    assert token_id
    owner = linked.cloud.access_token()
    linked.cloud.http.delete(f"/api/tokens/{token_id}", headers={"Authorization": f"Bearer {owner}"})
    wait_for(lambda: linked.cloud.http.get("/me").status_code == 401, what="the revocation")
    sync_links.resume(linked.laptop.id)
    with pytest.raises(CommandError, match="rejected the token"):
        linked.sync()
    assert linked.laptop.id not in sync_links.list_due_users()
    assert "needs your action" in sync(linked.laptop, "--status")
    Pair(linked.laptop, people(linked.cloud.user, scope=Scope.SYNC), linked.tap).opt_in(on=True)
    assert linked.same
    assert linked.laptop.id in sync_links.list_due_users()


def test_a_token_that_only_sends_is_not_enough(people: People, linked: Pair) -> None:
    weak = Pair(linked.laptop, people(linked.cloud.user, scope=Scope.CAPTURE), linked.tap)
    with pytest.raises(CommandError, match="may not read"):
        weak.opt_in()


def test_a_redirect_is_not_followed_with_the_token(linked: Pair, server: Server) -> None:
    linked.tap.before = instead("/me", Answer(308, headers={"Location": "https://elsewhere.example/me"}))
    with pytest.raises(CommandError, match=r"redirects to https://elsewhere\.example"):
        linked.sync()
    assert linked.tap.paths() == ["/me"]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/me", Answer(200, b"<html>")),
        ("/me", Answer(200, b"[]")),
        ("/me", Answer(200, b'{"id": 3}')),
        ("/sync/pull", Answer(200, b"[" * 100_000)),
        ("/sync/pull", Answer(200, b'{"events": []}')),
        ("/sync/pull", Answer(200, b'{"events": [], "next_cursor": "1", "deleted": [3]}')),
        ("/sync/pull", Answer(200, b'{"events": [], "next_cursor": "%s"}' % (b"1" * 999))),
        ("/sync/push", Answer(200, b"{}")),
        ("/sync/push", Answer(200, b'{"accepted": 0, "rejected": [{"index": 7}]}')),
        ("/sync/push", Answer(500, b"oops")),
    ],
)
def test_what_does_not_answer_as_memfog_does_moves_nothing(linked: Pair, path: str, answer: Answer) -> None:
    linked.tap.before = instead(path, answer)
    before = link_of(linked.laptop)
    assert sync_run.run_sync(linked.laptop.id).state == "later"
    after = link_of(linked.laptop)
    assert (after.pushed_seq, after.cursor) == (before.pushed_seq, before.cursor)
    linked.tap.reset()
    linked.sync()
    assert linked.same


def test_what_the_other_side_refuses_is_kept_as_trouble_and_holds_up_nothing(linked: Pair) -> None:
    bad = make_event()
    linked.laptop.push(bad, make_event())

    def refuses(asked: Asked) -> Answer | None:
        if asked.path != "/sync/push":
            return None
        body = gzip.decompress(asked.body) if asked.headers.get("Content-Encoding") else asked.body
        events = json.loads(body)["events"]
        index = [event["id"] for event in events].index(bad["id"])
        rest = json.dumps({"events": [event for event in events if event["id"] != bad["id"]]})
        linked.cloud.http.post("/sync/push", content=rest)
        refused = {"index": index, "id": bad["id"], "code": "bad_kind", "detail": "not\nlike this"}
        return Answer(200, json.dumps({"accepted": len(events) - 1, "rejected": [refused]}).encode())

    linked.tap.before = refuses
    linked.sync()
    (refusal,) = refused(linked.laptop)
    assert (refusal.event_id, refusal.was_push, refusal.code, refusal.detail) == (
        bad["id"],
        True,
        "bad_kind",
        "not like this",
    )
    assert held(linked.cloud).events == 3


def test_what_this_side_cannot_read_is_kept_as_trouble_and_holds_up_nothing(linked: Pair) -> None:
    good, bad = make_event(), make_event(schema_version=-3)
    page = {"events": [bad, 3, good], "next_cursor": "77", "mark": "m"}
    linked.tap.before = instead("/sync/pull", Answer(200, json.dumps(page).encode()), times=1)
    sync_run.run_sync(linked.laptop.id)
    found = [(refusal.event_id, refusal.was_push, refusal.code) for refusal in reversed(refused(linked.laptop))]
    assert found == [(bad["id"], False, "bad_version"), ("", False, "bad_id")]
    assert good["id"] in {event["id"] for event in linked.laptop.walk()}


def test_a_server_that_takes_less_at_once_gets_less_at_once(linked: Pair) -> None:
    linked.laptop.push(*(make_event() for _ in range(30)))

    def small(asked: Asked) -> Answer | None:
        body = gzip.decompress(asked.body) if asked.headers.get("Content-Encoding") else asked.body
        many = asked.path == "/sync/push" and len(json.loads(body)["events"]) > 4
        return Answer(413, b'{"code": "too_large", "detail": "too much"}') if many else None

    linked.tap.before = small
    linked.sync()
    assert linked.same
    linked.laptop.push(make_event())
    linked.tap.before = instead("/sync/push", Answer(413, b'{"detail": "far too much"}'))
    linked.sync()
    assert [refusal.detail for refusal in refused(linked.laptop)] == ["far too much"]


def test_an_answer_without_an_end_is_not_kept_in_memory(linked: Pair) -> None:
    linked.tap.before = instead("/sync/pull", Answer(200, b" " * 40_000_000), times=2)
    linked.sync()
    limits = [json.loads(asked.body)["limit"] for asked in linked.tap.asked if asked.path == "/sync/pull"]
    assert limits[:3] == [100, 25, 6]
    linked.tap.before = instead("/sync/pull", Answer(200, b" " * 40_000_000))
    with pytest.raises(CommandError, match="exceeds the size limit"):
        linked.sync()


def test_another_account_behind_the_address_begins_at_the_beginning(people: People, linked: Pair) -> None:
    """The address and the token stay the same, but another account answers, as after a server was set up again."""
    somebody = people(people().user, scope=Scope.SYNC)
    somebody.push(make_event())

    def turn(asked: Asked) -> Answer | None:
        headers = {"Authorization": f"Bearer {somebody.token}", "Content-Encoding": "identity"}
        if encoding := asked.headers.get("Content-Encoding"):
            headers["Content-Encoding"] = encoding
        method = "GET" if asked.path == "/me" else "POST"
        got = somebody.http.request(method, asked.path, content=asked.body, headers=headers)
        return Answer(got.status_code, got.content)

    linked.tap.before = turn
    linked.sync()
    assert held(linked.laptop) == held(somebody)
    assert held(somebody).events == 3
    assert link_of(linked.laptop).remote_user_id == somebody.id


def test_of_two_runs_at_once_one_gives_way_and_nothing_is_lost(linked: Pair) -> None:
    outcomes: list[sync_run.SyncResult] = []

    def meanwhile(asked: Asked) -> Answer | None:
        linked.tap.before = lambda asked: None
        outcomes.append(sync_run.run_sync(linked.laptop.id))
        return None

    linked.cloud.push(make_event())
    linked.tap.before = lambda asked: meanwhile(asked) if asked.path == "/sync/pull" else None
    outcomes.append(sync_run.run_sync(linked.laptop.id))
    assert [outcome.state for outcome in outcomes] == ["done", "overtaken"]
    assert linked.same


def test_what_was_forgotten_meanwhile_is_left_alone(linked: Pair) -> None:
    def forget(asked: Asked) -> None:
        sync(linked.laptop, "--forget")

    linked.cloud.push(make_event())
    before = held(linked.laptop)
    linked.tap.after = forget
    assert sync_run.run_sync(linked.laptop.id).state == "overtaken"
    assert held(linked.laptop) == before
    assert sync_links.load_link(linked.laptop.id) is None


def test_paused_in_the_middle_the_background_stops(linked: Pair) -> None:
    for _ in range(3):
        linked.cloud.push(*(make_event() for _ in range(150)))
    # Enabled but not due, because otherwise the server of this test run would start a sync, too.
    later = timezone.now() + timedelta(hours=1)
    SyncLink.objects.filter(user_id=linked.laptop.id).update(enabled=True, next_attempt_at=later)
    linked.tap.after = lambda asked: sync_links.pause(linked.laptop.id)
    assert sync_run.run_sync(linked.laptop.id, background=True).state == "unfinished"
    assert not linked.same


def test_by_itself_it_syncs_who_is_on_and_nobody_else(people: People, linked: Pair) -> None:
    paused = Pair(people(), linked.cloud, linked.tap)
    paused.opt_in()
    paused.laptop.push(make_event())
    sync_links.resume(linked.laptop.id)
    tasks.sync_due_links()
    # The server of this test run may sync at the same time.
    wait_for(lambda: linked.same, what="the sync")
    assert held(paused.laptop) != held(linked.cloud)
    assert sync(paused.laptop, "--resume") == "Background sync resumed.\n"
    tasks.sync_due_links()
    wait_for(lambda: paused.same, what="the sync")
    assert sync(paused.laptop, "--pause") == "Paused.\n"
    assert paused.laptop.id not in sync_links.list_due_users()


def test_the_token_stands_nowhere_in_the_database(linked: Pair) -> None:
    link = link_of(linked.laptop)
    assert linked.cloud.token.encode() not in bytes(link.encrypted_token)
    assert sync_links.decrypt_token(link) == linked.cloud.token


def test_without_the_key_it_asks_to_be_linked_anew(linked: Pair, settings: Any) -> None:
    link = link_of(linked.laptop)
    kept = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = ["another", *kept]
    assert sync_links.decrypt_token(link) == linked.cloud.token
    settings.TOKEN_KEYS = ["another"]
    outcome = sync_run.run_sync(linked.laptop.id)
    assert (outcome.state, outcome.error) == ("halted", "The encryption key of the token is missing. Link again.")


@pytest.mark.parametrize(
    "address",
    ["memfog", "ftp://x.example", "https://", "https://me:pw@x.example", "https://x.example/?a", "http://x.example"],
)
def test_it_goes_nowhere_that_is_no_address_or_open_to_all(alice: Person, address: str) -> None:
    with pytest.raises(CommandError):
        sync(alice, "--to", address, "--token", "mfg_x")
    assert sync_links.load_link(alice.id) is None


def test_what_is_no_token_is_not_sent(alice: Person, server: Server) -> None:
    with pytest.raises(CommandError, match="This is not a token"):
        sync(alice, "--to", server.url, "--token", "mfg_x\r\nX: y")


def test_before_anybody_opted_in_there_is_nothing_to_do(alice: Person) -> None:
    with pytest.raises(CommandError, match="There is no sync link"):
        sync(alice)
    for verb in ("--status", "--pause", "--resume", "--forget"):
        assert sync(alice, verb) == "There is no sync link.\n"
    assert sync_run.run_sync(alice.id).state == "none"


def test_it_says_how_it_stands(linked: Pair) -> None:
    linked.sync()
    told = sync(linked.laptop, "--status")
    assert f"with     {linked.tap.url}\nwhat     everything\nstate    paused" in told
    assert "events   2 sent, 0 received" in told
    assert sync(linked.laptop, "--forget").startswith("Link and token deleted.")
    assert held(linked.laptop).events == 2


@pytest.mark.usefixtures("database")
def test_who_has_no_account_here_is_told_so() -> None:
    for name in ("nobody@example.com", "6f8b7d0e-8f3a-4f57-9a53-0d0e6b3f7a10"):
        with pytest.raises(CommandError, match="There is no account"):
            call_command("sync", "--user", name)
    with pytest.raises(CommandError, match="several accounts"):
        call_command("sync")


@pytest.fixture
def asking(alice: Person, server: Server) -> Iterator[Asking]:
    """Alice's first sync without a token, which runs until it is allowed or denied. Its output, and its end."""
    said = io.StringIO()

    def ask() -> None:
        try:
            call_command("sync", "--user", alice.user.email, "--to", server.url, stdout=said)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield said, pool.submit(ask)


def read_code(said: io.StringIO, server: Server) -> str:
    """Waits for the two lines with which a sync asks. Returns the code in them."""
    wait_for(lambda: said.getvalue().count("\n") >= 2, what="the code")
    link, line, *_ = said.getvalue().splitlines()
    code = line.split()[2].rstrip(",")
    assert link.startswith(f"Open {server.url}/device?user_code={code}")
    return code


def test_without_a_token_it_asks_on_the_page_of_the_other_side(
    alice: Person, bob: Person, server: Server, asking: Asking
) -> None:
    alice.push(make_event())
    said, end = asking
    code = read_code(said, server)
    assert device_grant.load_login(code).scope == Scope.SYNC
    device_grant.approve(bob.user, code)
    end.result(DEADLINE)
    assert "1 sent" in said.getvalue()
    assert held(alice) == held(bob)
    # The second sync uses the same token.
    sync(alice, "--to", server.url, "--once")
    assert Token.objects.for_user(bob.id).filter(scope=Scope.SYNC).count() == 1


def test_who_is_turned_away_over_there_is_told_so(alice: Person, server: Server, asking: Asking) -> None:
    said, end = asking
    device_grant.deny(read_code(said, server))
    with pytest.raises(CommandError, match=r"The other server issued no token\."):
        end.result(DEADLINE)
    assert sync_links.load_link(alice.id) is None
