"""The first minutes of a new user: steps that tick themselves off, on a desk and on a phone, with help."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx

from accounts.mailer import mail_limits
from accounts.models import MailKind, Token
from dashboard.demo import demo_data
from tests.accounts.calls import html, text
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person, make_user
from tests.server import Server

TICK = re.compile(r'<li( class="done")?><span aria-hidden="true">.</span> ([\w ]+)')


def ticks(shown: str) -> dict[str, bool]:
    return {name: bool(done) for done, name in TICK.findall(shown)}


def unused(person: Person) -> Person:
    Token.objects.for_user(person.id).update(last_used_at=None)
    return person


def test_the_steps_tick_themselves_off(http: httpx.Client, alice: Person) -> None:
    sign_in(http, unused(alice).user)
    steps = {"Machine connected": False, "First event": False, "First prompt": False}
    assert ticks(source(http, "/")) == steps
    alice.user.tokens.filter(name="test").update(last_used_at=datetime.now(UTC))
    assert ticks(source(http, "/first-steps")) == steps | {"Machine connected": True}
    assert "sent no event yet" in page(http, "/first-steps")
    at_work = {"session_id": "s1"}
    alice.push({**event("SessionStart", **at_work), "client": {"machine": "laptop"}})
    connected = page(http, "/first-steps")
    assert ticks(connected) == dict.fromkeys(steps, True) | {"First prompt": False}
    assert "<bdi>laptop</bdi> is connected" in connected
    assert 'data-copy="~/.memfog/bin/memfog import"' in connected
    assert "Now send Claude Code a prompt." in page(http, "/")
    alice.push(event("UserPromptSubmit", **at_work))
    assert all(ticks(source(http, "/")).values())
    alice.push(event("UserPromptSubmit", session_id="s2"))
    assert http.get("/first-steps").status_code == 204
    assert "is connected" not in page(http, "/")


def test_an_import_takes_the_steps_away(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", ts=(datetime.now(UTC) - timedelta(days=9)).isoformat()))
    assert http.get("/first-steps").status_code == 302
    sign_in(http, alice.user)
    assert http.get("/first-steps").status_code == 204
    assert ticks(source(http, "/")) == {}


def test_events_of_no_session_take_the_steps_away(http: httpx.Client, alice: Person) -> None:
    sent = event("UserPromptSubmit")
    sent["kind"] = {"type": "SpoolDropped", "data": {"dropped": 1}}
    alice.push(sent)
    assert "Waiting for the first event" not in page(sign_in(http, alice.user), "/")


def test_a_demo_is_no_step(http: httpx.Client, alice: Person) -> None:
    demo_data.load(alice.id)
    sign_in(http, unused(alice).user)
    assert not any(ticks(source(http, "/")).values())
    assert "Waiting for the first event" in page(http, "/")


def test_a_phone_gets_a_command_without_a_token(http: httpx.Client, server: Server) -> None:
    text = source(sign_in(http, make_user()), "/")
    on_phone = re.search(r'<div class="card setup-step on-phone">(.*?)<div class="card', text, re.DOTALL)
    assert on_phone
    command = re.findall(r'data-copy="([^"]*)"', on_phone[1])
    assert command == [f"npx -y {server.url}/memfog.tgz connect claude-code --api {server.url}"]
    assert 'href="/device"' in on_phone[1]
    assert "mfg_" not in on_phone[1]


def test_the_command_comes_by_mail_and_not_often(http: httpx.Client, server: Server) -> None:
    user = make_user()
    sign_in(http, user)
    assert mail_me(http).status_code == 302
    assert f"Sent to {user.email}." in page(http, "/")
    (mail,) = server.mails_to(user.email)
    assert mail["Subject"] == "Connect a machine to Memfog"
    command = f"npx -y {server.url}/memfog.tgz connect claude-code --api {server.url}"
    for body in (text(mail), unescape(html(mail))):
        assert command in body
        assert f"{server.url}/device" in body
        assert "mfg_" not in body
    for _ in range(mail_limits.SHARED_LIMITS[mail_limits.HOUR]):
        mail_me(http)
    assert "sent several times already" in page(http, "/")
    assert user.mails.filter(kind=MailKind.CONNECT).count() == mail_limits.SHARED_LIMITS[mail_limits.HOUR]


def mail_me(http: httpx.Client) -> httpx.Response:
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', source(http, "/"))
    assert token
    return http.post(
        "/first-steps/mail", data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": str(http.base_url)}
    )


def test_only_a_form_of_ours_sends_the_mail(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user)
    assert http.get("/first-steps/mail").status_code == 405
    assert http.post("/first-steps/mail").status_code == 403
    assert not user.mails.filter(kind=MailKind.CONNECT).exists()
