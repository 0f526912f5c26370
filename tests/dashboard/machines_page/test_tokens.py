import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import httpx
import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.credentials import api_tokens, token_revocation
from accounts.models import MachineReport, RevokedToken, Scope, Token, User
from accounts.tasks import delete_expired_credentials
from dashboard.base.connect_command import build_connect_command, mask_token
from tests.accounts.calls import press, send
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source, squeeze
from tests.people import Person, make_user
from tests.server import Server

COPIED = re.compile(r'data-copy="([^"]*)"')
MASKED = re.compile(r'<code class="masked"[^>]*>(.*?)</code>', re.DOTALL)


def first(user: User) -> Token:
    return Token.objects.for_user(user.id).order_by("created_at", "id")[0]


def copies(text: str) -> list[str]:
    return [unescape(found) for found in COPIED.findall(text)]


def test_the_first_page_shows_the_token_masked_and_how_to_connect(http: httpx.Client, server: Server) -> None:
    user = make_user()
    token = api_tokens.sign(first(user).id)
    text = source(sign_in(http, user), "/")
    assert "Waiting for the first event" in text
    connect = f"npx -y {server.url}/memfog.tgz connect claude-code --token {token} --api {server.url}"
    assert [copy for copy in copies(text) if "mfg_" in copy] == [connect, token]
    assert all(token not in masked for masked in MASKED.findall(text))
    assert len(MASKED.findall(text)) == 2


def test_the_first_event_ends_the_waiting(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit"))
    assert "Waiting for the first event" not in page(sign_in(http, alice.user), "/")


def test_without_a_token_the_page_says_where_to_make_one(http: httpx.Client) -> None:
    user = make_user()
    Token.objects.for_user(user.id).delete()
    assert "No tokens left" in page(sign_in(http, user), "/")
    assert "no machine can connect without it" in page(http, "/machines")


def test_a_token_is_made_and_works(http: httpx.Client, server: Server) -> None:
    sign_in(http, make_user())
    made = press(http, "/machines", name="  laptop  ", scope="capture")
    assert made.status_code == 302
    text = source(http, "/machines")
    assert "Token for laptop created." in unescape(text)
    assert "Send only" in squeeze(text)
    token = next(copy for copy in copies(text) if copy.startswith("mfg_"))
    answer = httpx.get(f"{server.url}/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": "", "scope": "full"}, "Name: This field is required."),
        ({"name": "x" * 101, "scope": "full"}, "at most 100"),
        ({"name": "x", "scope": "everything"}, "Permissions: Select a valid choice"),
    ],
)
def test_a_token_that_cannot_be_made_says_why(http: httpx.Client, values: dict[str, str], says: str) -> None:
    user = make_user()
    sign_in(http, user)
    answer = press(http, "/machines", **values)
    assert answer.status_code == 400
    assert says in unescape(answer.text)
    assert not Token.objects.for_user(user.id).exclude(name=Token.DEFAULT_NAME).exists()


def revoke(http: httpx.Client, token: Token) -> httpx.Response:
    return press(http, f"/machines/{token.id}/revoke")


def restore(http: httpx.Client, token: Token) -> httpx.Response:
    return send(http, f"/machines/{token.id}/restore")


def is_valid(server: Server, token: Token) -> bool:
    answer = httpx.get(f"{server.url}/me", headers={"Authorization": f"Bearer {api_tokens.sign(token.id)}"})
    return answer.status_code == 200


def test_revoking_asks_first_and_names_the_machines_of_the_token(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    at = timezone.now() - timedelta(minutes=2)
    for name, token_id in (("laptop", token.id), ("elsewhere", uuid4())):
        MachineReport.objects.create(
            user=user, name=name, token_id=token_id, version="1.0.0", waiting=0, refused=0, reported_at=at
        )
    asked = page(sign_in(http, user), f"/machines/{token.id}/revoke")
    assert f'laptop, last <time datetime="{at:%Y-%m-%dT%H:%M}' in squeeze(
        asked.replace("<bdi>", "").replace("</bdi>", "")
    )
    assert "elsewhere" not in asked
    assert "undo this on the page of machines for 10 minutes" in asked
    assert Token.objects.filter(id=token.id).exists()


def test_asking_says_what_is_known_without_reports(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    sign_in(http, user)
    assert "Nothing has used it so far." in page(http, f"/machines/{token.id}/revoke")
    Token.objects.filter(id=token.id).update(last_used_at=timezone.now(), client="curl/8")
    assert "Which machine that was is not known." in page(http, f"/machines/{token.id}/revoke")


def test_a_revoked_token_is_refused_and_undo_makes_it_valid_again(http: httpx.Client, server: Server) -> None:
    user = make_user()
    token = first(user)
    Token.objects.filter(id=token.id).update(name="laptop", client="memfog/1")
    sign_in(http, user)
    assert is_valid(server, token)
    assert revoke(http, token).status_code == 302
    text = page(http, "/machines")
    assert "Token revoked." in text
    assert "undo this for 10 more minutes" in text
    assert not Token.objects.filter(id=token.id).exists()
    assert not is_valid(server, token)
    assert restore(http, token).status_code == 302
    assert "Token laptop is valid again." in page(http, "/machines")
    assert is_valid(server, token)
    restored = first(user)
    assert (restored.id, restored.name, restored.created_at) == (token.id, "laptop", token.created_at)
    assert restore(http, token).status_code == 404


def test_after_ten_minutes_a_revocation_is_final(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    revoke(sign_in(http, user), token)
    RevokedToken.objects.filter(id=token.id).update(revoked_at=timezone.now() - token_revocation.UNDO_WINDOW)
    assert restore(http, token).status_code == 404
    assert str(token.id) not in source(http, "/machines")
    delete_expired_credentials()
    assert not RevokedToken.objects.filter(id=token.id).exists()


def test_what_an_operator_revoked_cannot_be_restored(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    sign_in(http, user)
    assert token_revocation.revoke(user.id, token.id, restorable=False)
    page(http, "/machines")
    assert restore(http, token).status_code == 404


def test_revoking_all_ends_what_could_be_restored(http: httpx.Client) -> None:
    user = make_user()
    token, later = first(user), api_tokens.create(user.id, name="later", scope=Scope.FULL)
    revoke(sign_in(http, user), token)
    token_revocation.revoke_all(user.id)
    assert restore(http, token).status_code == 404
    assert restore(http, later).status_code == 404
    assert not Token.objects.filter(user=user).exists()


def test_undo_keeps_within_the_number_of_tokens(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    revoke(sign_in(http, user), token)
    Token.objects.bulk_create([Token(user=user, name=str(n)) for n in range(api_tokens.MAX_TOKENS)])
    assert restore(http, token).status_code == 302
    assert "You already have 100 tokens" in page(http, "/machines")
    assert RevokedToken.objects.filter(id=token.id).exists()


def test_bob_can_neither_revoke_nor_restore_alices_token(http: httpx.Client, alice: Person, bob: Person) -> None:
    token = first(alice.user)
    sign_in(http, bob.user)
    page(http, "/machines")
    assert http.get(f"/machines/{token.id}/revoke").status_code == 404
    assert send(http, f"/machines/{token.id}/revoke").status_code == 404
    assert Token.objects.filter(id=token.id).exists()
    token_revocation.revoke(alice.id, token.id)
    assert restore(http, token).status_code == 404
    assert str(token.id) not in source(http, "/machines")


def test_revoking_and_undo_need_the_forms_secret(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    sign_in(http, user)
    assert http.post(f"/machines/{token.id}/revoke").status_code == 403
    assert http.post(f"/machines/{token.id}/restore").status_code == 403
    assert http.get(f"/machines/{token.id}/restore").status_code == 405
    assert Token.objects.filter(id=token.id).exists()


@pytest.mark.parametrize(
    ("package", "url", "line"),
    [
        ("", "http://127.0.0.1:8000", "npx -y {url}/memfog.tgz connect claude-code --token mfg_x --api {url}"),
        ("", "https://app.memfog.com", "npx -y {url}/memfog.tgz connect claude-code --token mfg_x --api {url}"),
        ("memfog@latest", "https://app.memfog.com", "npx -y memfog@latest connect claude-code --token mfg_x"),
        ("memfog@latest", "https://fog.example", "npx -y memfog@latest connect claude-code --token mfg_x --api {url}"),
    ],
)
def test_the_command_names_the_package_and_the_server(
    settings: LazySettings, package: str, url: str, line: str
) -> None:
    settings.CLIENT_PACKAGE, settings.PUBLIC_URL = package, url
    assert build_connect_command("mfg_x").clear == line.format(url=url)


def test_a_masked_token_keeps_its_last_digits() -> None:
    assert mask_token("mfg_" + "a" * 39 + "wxyz").masked == "mfg_••••••••••••wxyz"
