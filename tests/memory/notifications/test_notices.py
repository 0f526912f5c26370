"""Each waiting is sent once, where and when its user wants it, until it is answered."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from events.isolation.row_security import acting_for
from memory.models import Notice, NoticeDelivery, NotificationChannel, ProjectionState
from memory.notifications import notice_outbox, notice_settings, notice_worker
from memory.notifications.notice_kinds import KIND_LABELS
from memory.notifications.notice_rules import Rules, to_local
from memory.preferences import preference_changes
from memory.projection import projector
from memory.tasks import send_due_notices
from tests.accounts.calls import send
from tests.dashboard.visitor import page, source
from tests.memory.notifications.now import MINUTE, answers, asks, happens
from tests.memory.notifications.receiver import Receiver
from tests.people import People, Person
from tests.server import wait_for

PAGE = "/settings/notifications"


def add_webhook(user_id: UUID, receiver: Receiver, *, kinds: Any = KIND_LABELS) -> UUID:
    target = {"url": f"{receiver.url}/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    channel_id = notice_settings.add_channel(user_id, "webhook", "Test", target, format="standard", allows_private=True)
    notice_settings.change_channel(user_id, channel_id, notice_kinds=kinds, with_text=False, enabled=True)
    return channel_id


def rows(model: Any, user_id: UUID) -> list[Any]:
    with acting_for(user_id):
        return list(model.objects.for_user(user_id))


def look(person: Person) -> list[UUID]:
    """Projects the log here, and updates the outbox; returns the deliveries that are due. Nothing is sent."""
    projector.catch_up(person.id)
    return notice_outbox.update_notices(person.id)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test can set forward, in seconds."""
    ahead = [0.0]

    def now_us() -> int:
        return int((time.time() + ahead[0]) * 1_000_000)

    for module in ("notice_outbox", "notice_delivery", "notice_worker", "notice_settings"):
        monkeypatch.setattr(f"memory.notifications.{module}.now_us", now_us)
    return ahead


def test_without_a_channel_there_is_no_notice(alice: Person) -> None:
    alice.push(*asks())
    assert look(alice) == []
    assert rows(Notice, alice.id) == []


def test_a_webhook_arrives_signed_and_names_no_command(alice: Person, receiver: Receiver) -> None:
    add_webhook(alice.id, receiver)
    alice.push(*asks())
    request = receiver.wait(1)[0]
    body = json.loads(request.body)
    assert body["data"]["kind"] == "permission"
    assert body["data"]["session"] == {"id": "s1", "title": "Roll it out"}
    assert b"terraform" not in request.body
    assert request.headers["webhook-id"].startswith("msg_")
    assert request.headers["webhook-signature"].startswith("v1,")
    assert request.headers["content-type"] == "application/json"


def test_texts_are_sent_only_where_the_user_wants_them(alice: Person, receiver: Receiver) -> None:
    channel_id = add_webhook(alice.id, receiver)
    notice_settings.change_channel(alice.id, channel_id, notice_kinds=["permission"], with_text=True, enabled=True)
    alice.push(*asks())
    assert "terraform" in json.loads(receiver.wait(1)[0].body)["data"]["text"]


def test_a_notice_does_not_name_a_forgotten_prompt(alice: Person, receiver: Receiver) -> None:
    add_webhook(alice.id, receiver)
    prompt, *rest = asks()
    alice.push(prompt)
    projector.catch_up(alice.id)
    preference_changes.annotate_entry(alice.id, 1, forgotten=True)
    alice.push(*rest)
    assert json.loads(receiver.wait(1)[0].body)["data"]["session"] == {"id": "s1", "title": ""}


def test_many_looks_make_one_notice(alice: Person, receiver: Receiver) -> None:
    add_webhook(alice.id, receiver, kinds=["question"])  # so that the server sends nothing of this
    alice.push(*asks())
    look(alice)
    channel_id = rows(NotificationChannel, alice.id)[0].id
    notice_settings.change_channel(alice.id, channel_id, notice_kinds=["permission"], with_text=False, enabled=True)
    for _ in range(3):
        look(alice)
    wait_for(lambda: [one.outcome for one in rows(NoticeDelivery, alice.id)] == ["waiting"])
    assert [one.kind for one in rows(Notice, alice.id)] == ["permission"]


KIND_EVENTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "permission": asks,
    "question": lambda: [
        happens("prompt_submit", prompt="Go"),
        happens("pre_tool_use", tool_name="AskUserQuestion", tool_use_id="t1", tool_input={"questions": []}),
    ],
    "error": lambda: [happens("prompt_submit", prompt="Go"), happens("stop_failure", error="rate_limit")],
}


@pytest.mark.parametrize("kind", KIND_EVENTS)
def test_each_kind_has_its_notice(kind: str, alice: Person, receiver: Receiver) -> None:
    add_webhook(alice.id, receiver, kinds=[kind])
    alice.push(*KIND_EVENTS[kind]())
    assert json.loads(receiver.wait(1)[0].body)["data"]["kind"] == kind


def turn_ends(ago: float = 0) -> list[dict[str, Any]]:
    return [
        happens("prompt_submit", ago=ago + 1, prompt="Go"),
        happens("stop", ago=ago, last_assistant_message="Done."),
    ]


def test_a_turn_that_is_done_is_sent_after_its_minutes(alice: Person, receiver: Receiver, later: list[float]) -> None:
    add_webhook(alice.id, receiver, kinds=["turn_done"])
    notice_settings.save_rules(alice.id, Rules(turn_done_minutes=7))
    alice.push(*turn_ends())
    later[0] = 6 * MINUTE
    assert look(alice) == []
    later[0] = 8 * MINUTE
    assert len(look(alice)) == 1


def test_a_turn_that_is_answered_before_is_not_sent(alice: Person, receiver: Receiver, later: list[float]) -> None:
    add_webhook(alice.id, receiver, kinds=["turn_done"])
    alice.push(*turn_ends())
    look(alice)
    alice.push(happens("prompt_submit", prompt="And now the tests"))
    later[0] = 8 * MINUTE
    assert look(alice) == []
    assert rows(Notice, alice.id) == []


def test_what_is_answered_before_it_was_sent_is_not_sent(alice: Person, receiver: Receiver) -> None:
    receiver.statuses = [503]
    add_webhook(alice.id, receiver)
    alice.push(*asks())
    wait_for(lambda: [one.status for one in rows(NoticeDelivery, alice.id)] == [503])
    alice.push(*answers())
    look(alice)
    assert [(one.outcome, one.next_attempt_us) for one in rows(NoticeDelivery, alice.id)] == [("withdrawn", None)]


def test_many_users_at_once_get_theirs(people: People, receiver: Receiver) -> None:
    """More than one look of a process does itself: workers take the others, where there are any."""
    persons = [people() for _ in range(notice_worker.MAX_USERS_HERE + 3)]
    for person in persons:
        person.push(*asks(session=str(person.id), command="ls"))
        add_webhook(person.id, receiver)
        with acting_for(person.id):
            NotificationChannel.objects.for_user(person.id).update(created_us=0)
    notice_worker.notice_changes([person.id for person in persons])
    found = receiver.wait(len(persons))
    assert {json.loads(one.body)["data"]["session"]["id"] for one in found} == {str(one.id) for one in persons}


def test_old_news_is_no_news(alice: Person, receiver: Receiver) -> None:
    """An import, or a machine that was offline for long."""
    add_webhook(alice.id, receiver)
    alice.push(*asks(ago=90 * MINUTE), *asks(session="s2", ago=30 * MINUTE))
    assert look(alice) == []
    assert rows(Notice, alice.id) == []


def test_only_projects_and_machines_of_the_rules(alice: Person, receiver: Receiver) -> None:
    add_webhook(alice.id, receiver)
    notice_settings.save_rules(alice.id, Rules(projects=("engine",), machines=("desk",)))
    alice.push(*asks(), *asks(session="s2", machine="desk"))
    assert json.loads(receiver.wait(1)[0].body)["data"]["session"]["id"] == "s2"
    assert [one.session_id for one in rows(Notice, alice.id)] == ["s2"]


def test_quiet_hours_hold_a_notice(alice: Person, receiver: Receiver, later: list[float]) -> None:
    add_webhook(alice.id, receiver)
    now = to_local(time.time_ns() // 1_000, "UTC")
    minute = now.hour * 60 + now.minute
    quiet = Rules(quiet_from=(minute - 60) % 1_440, quiet_until=(minute + 60) % 1_440)
    notice_settings.save_rules(alice.id, quiet)
    alice.push(*asks())
    assert look(alice) == []
    wait_for(lambda: [one.dispatched_us for one in rows(Notice, alice.id)] == [None])
    later[0] = 61 * MINUTE
    assert len(look(alice)) == 1


def test_a_silent_machine_is_reported_until_it_speaks(alice: Person, receiver: Receiver, later: list[float]) -> None:
    add_webhook(alice.id, receiver, kinds=["machine_silent"])
    alice.push(happens("prompt_submit", prompt="Go"), happens("prompt_submit", session="s2", machine="", prompt="Go"))
    assert look(alice) == []
    later[0] = 61 * MINUTE
    assert len(look(alice)) == 1
    assert [(one.machine, one.ended_us) for one in rows(Notice, alice.id)] == [("laptop", None)]
    alice.push(happens("stop"))
    look(alice)
    assert rows(Notice, alice.id)[0].ended_us


def make_due(person: Person) -> None:
    """Makes the next attempts due now, without waiting for them."""
    with acting_for(person.id):
        NoticeDelivery.objects.for_user(person.id).filter(next_attempt_us__isnull=False).update(next_attempt_us=0)
    ProjectionState.objects.filter(user_id=person.id).update(notices_due_us=0)


def test_a_failed_delivery_is_repeated_by_the_sweep(alice: Person, receiver: Receiver) -> None:
    add_webhook(alice.id, receiver)
    receiver.statuses = [503]
    alice.push(*asks())
    receiver.wait(1)
    delivery = wait_for(lambda: [one for one in rows(NoticeDelivery, alice.id) if one.failure_reason])[0]
    assert (delivery.outcome, delivery.status, delivery.failure_reason) == ("waiting", 503, "It answered 503.")
    make_due(alice)
    send_due_notices()
    first, second = receiver.wait(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    wait_for(lambda: [one.outcome for one in rows(NoticeDelivery, alice.id)] == ["delivered"])


@pytest.mark.parametrize(("status", "enabled"), [(400, True), (302, True), (410, False)])
def test_an_answer_that_stays_the_same_ends_the_attempts(
    status: int, enabled: bool, alice: Person, receiver: Receiver
) -> None:
    add_webhook(alice.id, receiver)
    receiver.statuses = [status]
    alice.push(*asks())
    wait_for(lambda: [one.outcome for one in rows(NoticeDelivery, alice.id)] == ["failed"])
    channel = wait_for(lambda: [one for one in rows(NotificationChannel, alice.id) if one.last_error])[0]
    assert channel.enabled == enabled


def test_one_channel_gets_a_bounded_number(alice: Person, receiver: Receiver) -> None:
    channel_id, now = add_webhook(alice.id, receiver), time.time_ns() // 1_000
    sent = {"user_id": alice.id, "channel_id": channel_id, "created_us": now, "outcome": "delivered"}
    with acting_for(alice.id):
        NoticeDelivery.objects.bulk_create(
            NoticeDelivery(id=uuid4(), notice_id=uuid4(), **sent) for _ in range(notice_outbox.MAX_DELIVERIES_PER_HOUR)
        )
    alice.push(*asks())
    wait_for(lambda: "limited" in {one.outcome for one in rows(NoticeDelivery, alice.id)})
    assert receiver.received == []


def test_a_deleted_account_leaves_nothing(alice: Person, receiver: Receiver, browser: httpx.Client) -> None:
    add_webhook(alice.id, receiver)
    alice.push(*asks())
    receiver.wait(1)
    wait_for(lambda: [one.outcome for one in rows(NoticeDelivery, alice.id)] == ["delivered"])
    browser.get("/settings/delete")
    assert send(browser, "/settings/delete", current="correct horse battery staple").status_code == 302
    for model in (Notice, NoticeDelivery, NotificationChannel):
        assert rows(model, alice.id) == []


def test_the_sweep_looks_at_nobody_without_a_channel(alice: Person, receiver: Receiver) -> None:
    channel_id = add_webhook(alice.id, receiver)
    assert ProjectionState.objects.get(user_id=alice.id).notices_due_us
    notice_settings.delete_channel(alice.id, channel_id)
    assert ProjectionState.objects.get(user_id=alice.id).notices_due_us is None


def test_the_page_lists_deliveries_and_sends_one_again(
    alice: Person, receiver: Receiver, browser: httpx.Client
) -> None:
    add_webhook(alice.id, receiver)
    alice.push(*asks())
    receiver.wait(1)
    wait_for(lambda: "delivered" in page(browser, PAGE))
    path = re.findall(rf'action="({PAGE}/deliveries/[^"]+)"', source(browser, PAGE))[0]
    assert send(browser, path).status_code == 302
    first, second = receiver.wait(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert send(browser, path.replace(path[-12:], "0" * 12)).status_code == 404
