"""`/settings/notifications`: channels and rules are added, changed and deleted; nothing invalid is stored."""

import re
from uuid import uuid4

import httpx
import pytest

from memory.notifications import notice_settings
from memory.notifications.notice_rules import Rules
from memory.notifications.notice_settings import MAX_CHANNELS
from tests.accounts.calls import send
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.notifications.push_service import Subscription
from tests.memory.notifications.receiver import receiving
from tests.people import Person
from tests.server import wait_for

PAGE = "/settings/notifications"
HOOK = {"format": "slack", "url": "https://hooks.slack.test/services/T1/B1/secret"}
RULES = {"turn_done_minutes": "3", "silent_minutes": "45", "zone": "Europe/Berlin"}


@pytest.fixture
def browser(http: httpx.Client, alice: Person) -> httpx.Client:
    sign_in(http, alice.user)
    http.get(PAGE)
    return http


def channel_paths(browser: httpx.Client) -> list[str]:
    return re.findall(rf'action="({PAGE}/channels/[0-9a-f-]{{36}})"', source(browser, PAGE))


def test_settings_lead_there(browser: httpx.Client) -> None:
    assert f'href="{PAGE}"' in source(browser, "/settings")
    assert "Nothing is sent anywhere until you add a channel" in page(browser, PAGE)


def test_rules_are_saved_and_shown(browser: httpx.Client, alice: Person) -> None:
    quiet = {"quiet_from": "22:00", "quiet_until": "07:30", "projects": "infra, shop,", "machines": "desk"}
    assert send(browser, PAGE, **RULES, **quiet).status_code == 302
    expected = Rules(3, 45, ("infra", "shop"), ("desk",), 22 * 60, 7 * 60 + 30, "Europe/Berlin")
    assert notice_settings.load_rules(alice.id) == expected
    text = source(browser, PAGE)
    assert all(f'value="{value}"' in text for value in ("22:00", "07:30", "infra, shop", "Europe/Berlin"))


@pytest.mark.parametrize(
    "over",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": ""},
        {"turn_done_minutes": "-1"},
        {"turn_done_minutes": "soon"},
        {"silent_minutes": "1000000"},
        {"quiet_from": "22:00"},
        {"quiet_from": "25:00", "quiet_until": "07:00"},
        {"projects": "x" * 30_000},
        {"projects": ",".join("abcd"[n % 4] + str(n) for n in range(101))},
    ],
)
def test_rules_that_make_no_sense_are_refused(over: dict[str, str], browser: httpx.Client, alice: Person) -> None:
    answer = send(browser, PAGE, **RULES | over)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert notice_settings.load_rules(alice.id) == Rules()


def test_a_webhook_is_added_changed_and_deleted(browser: httpx.Client, alice: Person) -> None:
    assert send(browser, f"{PAGE}/channels/webhook", **HOOK).status_code == 302
    text = source(browser, PAGE)
    assert "Slack, hooks.slack.test" in text
    assert "T1/B1/secret" not in text, "the address is a secret"
    (path,) = channel_paths(browser)
    assert send(browser, path, kinds="turn_done", with_text="on").status_code == 302
    channel = notice_settings.list_channels(alice.id)[0]
    assert (channel.notice_kinds, channel.with_text, channel.enabled) == ("turn_done", True, False)
    assert send(browser, path, kinds="no such kind").status_code == 400
    assert send(browser, path, delete="1").status_code == 302
    assert notice_settings.list_channels(alice.id) == []
    assert send(browser, path, delete="1").status_code == 404


def test_a_signed_webhook_shows_its_secret_and_a_test_arrives(browser: httpx.Client) -> None:
    with receiving() as receiver:
        values = {"format": "standard", "url": f"{receiver.url}/hook", "allows_private": "on"}
        assert send(browser, f"{PAGE}/channels/webhook", **values).status_code == 302
        assert re.search(r'data-copy="whsec_[A-Za-z0-9+/]{43}="', source(browser, PAGE))
        (path,) = channel_paths(browser)
        assert send(browser, path, test="1").status_code == 302
        assert b'"kind":"test"' in receiver.wait(1, path="/hook")[0].body
    wait_for(lambda: "delivered" in page(browser, PAGE))


@pytest.mark.parametrize(
    "over",
    [
        {"url": "http://hooks.slack.test/"},
        {"url": "https://127.0.0.1/"},
        {"url": "file:///etc/passwd"},
        {"url": "https://user:password@hooks.slack.test/"},
        {"url": ""},
        {"format": "carrier pigeon"},
        {"format": "ntfy", "url": "https://ntfy.test/"},
        {"format": "ntfy", "url": "https://ntfy.test/topic", "token": "a b"},
    ],
)
def test_an_address_that_cannot_work_is_refused(over: dict[str, str], browser: httpx.Client, alice: Person) -> None:
    answer = send(browser, f"{PAGE}/channels/webhook", **HOOK | over)
    if over == {"url": "https://127.0.0.1/"}:
        # Only a request shows where an address leads; the delivery refuses it.
        (path,) = channel_paths(browser)
        send(browser, path, test="1")
        wait_for(lambda: "This address belongs to a private network." in page(browser, PAGE))
        return
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert notice_settings.list_channels(alice.id) == []


def test_a_browser_subscribes_once(browser: httpx.Client, alice: Person) -> None:
    subscription = Subscription("https://push.test")
    for _ in range(2):
        assert send(browser, f"{PAGE}/channels/push", **subscription.form).status_code == 302
    (channel,) = notice_settings.list_channels(alice.id)
    assert channel.kind == "push"
    assert notice_settings.load_target(channel) == subscription.form


@pytest.mark.parametrize(
    "over",
    [
        {"endpoint": "http://push.test/abc"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"p256dh": "not base64!"},
        {"auth": "AAAA"},
    ],
)
def test_what_is_no_subscription_is_refused(over: dict[str, str], browser: httpx.Client, alice: Person) -> None:
    form = Subscription("https://push.test").form | over
    if over == {"endpoint": "http://push.test/abc"}:
        # Allowed in these tests only (PUSH_TO_LOOPBACK), so the form is tried in its strict form elsewhere.
        form["endpoint"] = "http://push.test/#abc"
    assert send(browser, f"{PAGE}/channels/push", **form).status_code == 400
    assert notice_settings.list_channels(alice.id) == []


def test_mail_is_added(browser: httpx.Client, alice: Person) -> None:
    assert send(browser, f"{PAGE}/channels/mail", format="daily").status_code == 302
    assert send(browser, f"{PAGE}/channels/mail", format="hourly").status_code == 400
    assert [(one.kind, one.format) for one in notice_settings.list_channels(alice.id)] == [("mail", "daily")]


def test_there_is_a_bound(browser: httpx.Client, alice: Person) -> None:
    for _ in range(MAX_CHANNELS):
        notice_settings.add_channel(alice.id, "mail", "Mail", {}, format="daily")
    answer = send(browser, f"{PAGE}/channels/mail", format="now")
    assert answer.status_code == 400
    assert "at most 20 channels" in answer.text


def test_another_users_channel_is_not_there(browser: httpx.Client, bob: Person) -> None:
    channel_id = notice_settings.add_channel(bob.id, "mail", "Mail", {}, format="daily")
    for one in (channel_id, uuid4()):
        assert send(browser, f"{PAGE}/channels/{one}", delete="1").status_code == 404
    assert len(notice_settings.list_channels(bob.id)) == 1


def test_a_browser_can_install_memfog(http: httpx.Client) -> None:
    assert '<link rel="manifest" href="/manifest.webmanifest">' in source(http, "/sign-in")
    answer = http.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["display"], manifest["start_url"], manifest["scope"]) == ("standalone", "/", "/")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    for icon in manifest["icons"]:
        assert http.get(icon["src"]).content.startswith(b"\x89PNG")


def test_the_service_worker_caches_no_page(http: httpx.Client) -> None:
    answer = http.get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "no-cache" in answer.headers["cache-control"]
    assert not re.search(r"\bcaches\.|[\"']fetch[\"']", answer.text)
