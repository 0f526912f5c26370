"""Push messages: encrypted for the browser, signed by the server, sent once, and withdrawn when answered."""

import re
from typing import Any

import httpx
import pytest

from memory.notifications import notice_delivery, notice_outbox, notice_settings, web_push
from tests.accounts.calls import send
from tests.dashboard.visitor import source
from tests.memory.notifications.now import answers, asks
from tests.memory.notifications.push_service import Subscription, decode
from tests.memory.notifications.receiver import Receiver
from tests.people import Person

PAGE = "/settings/notifications"
# RFC 8291, appendix A.
EXAMPLE = {
    "text": b"When I grow up, I want to be a watermelon",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "sender": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "receiver": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
    "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def test_the_encryption_is_that_of_the_standard() -> None:
    secret = int.from_bytes(decode(str(EXAMPLE["receiver"])))
    subscription = Subscription("", secret=secret, auth=decode(str(EXAMPLE["auth"])))
    salt, sender = decode(str(EXAMPLE["salt"])), int.from_bytes(decode(str(EXAMPLE["sender"])))
    text = bytes(EXAMPLE["text"])  # type: ignore[arg-type]
    body = web_push.encrypt(text, subscription.point, subscription.auth, salt=salt, sender_secret=sender)
    assert body == decode(str(EXAMPLE["body"]))
    assert subscription.decrypt(body) == text


def test_without_a_key_nothing_is_offered_or_sent(alice: Person, receiver: Receiver, settings: Any) -> None:
    channel_id = notice_settings.add_channel(alice.id, "push", "Browser", Subscription(receiver.url).form)
    channel = notice_settings.load_channel(alice.id, channel_id)
    assert channel
    settings.PUSH_KEY = ""
    assert not web_push.is_offered()
    notice_delivery.deliver(alice.id, notice_outbox.add_test(alice.id, channel))
    (logged,) = notice_outbox.list_deliveries(alice.id, limit=5)
    assert (logged.delivery.outcome, logged.delivery.failure_reason[:11]) == ("failed", "This server")
    assert receiver.received == []


def test_endpoints_are_never_private_elsewhere(alice: Person, receiver: Receiver, settings: Any) -> None:
    channel_id = notice_settings.add_channel(alice.id, "push", "Browser", Subscription(receiver.url).form)
    channel = notice_settings.load_channel(alice.id, channel_id)
    assert channel
    settings.PUSH_TO_LOOPBACK = False
    notice_delivery.deliver(alice.id, notice_outbox.add_test(alice.id, channel))
    assert notice_outbox.list_deliveries(alice.id, limit=5)[0].delivery.outcome == "failed"
    assert receiver.received == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_switched_off(status: int, alice: Person, receiver: Receiver) -> None:
    channel_id = notice_settings.add_channel(alice.id, "push", "Browser", Subscription(receiver.url).form)
    channel = notice_settings.load_channel(alice.id, channel_id)
    assert channel
    receiver.statuses = [status]
    notice_delivery.deliver(alice.id, notice_outbox.add_test(alice.id, channel))
    (channel,) = notice_settings.list_channels(alice.id)
    assert (channel.enabled, channel.last_error) == (False, "The browser ended this subscription.")


def subscribe(browser: httpx.Client, receiver: Receiver, name: str = "abc") -> Subscription:
    subscription = Subscription(receiver.url, name)
    browser.get(PAGE)
    assert send(browser, f"{PAGE}/channels/push", **subscription.form).status_code == 302
    return subscription


def server_key(browser: httpx.Client) -> str:
    found = re.search(r'data-key="([^"]+)"', source(browser, PAGE))
    assert found
    return found[1]


def test_a_permission_is_pushed_once_and_withdrawn_when_given(
    browser: httpx.Client, alice: Person, receiver: Receiver
) -> None:
    subscription = subscribe(browser, receiver)
    alice.push(*asks())
    message = subscription.open(receiver.wait(1)[0], server_key=server_key(browser))
    assert message["title"] == "Needs permission: engine"
    assert message["body"] == "Roll it out"
    assert message["path"] == "/sessions/s1"
    assert message["withdrawn"] is False
    assert "terraform" not in str(message)
    alice.push(*answers(), *asks())
    first, *others = receiver.wait(3)
    opened = [subscription.open(one, server_key=server_key(browser)) for one in others]
    withdrawn, again = sorted(opened, key=lambda one: not one["withdrawn"])
    assert (withdrawn["tag"], withdrawn["withdrawn"]) == (message["tag"], True)
    assert (again["title"], again["withdrawn"]) == (message["title"], False)
    assert again["tag"] != message["tag"]
    assert first.headers["topic"] in {one.headers["topic"] for one in others}
    assert first.headers["urgency"] == "high"
    assert len(receiver.received) == 3
