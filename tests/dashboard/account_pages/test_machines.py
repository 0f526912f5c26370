import re
from html import unescape

import httpx
import pytest
from django.conf import LazySettings

from accounts.credentials import api_tokens
from accounts.models import Token, User
from dashboard.base.connect_command import build_connect_command, mask_token
from tests.accounts.calls import press
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
    assert copies(text) == [connect, token]
    assert all(token not in masked for masked in MASKED.findall(text))
    assert len(MASKED.findall(text)) == 2


def test_the_first_event_ends_the_waiting(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit"))
    assert "Waiting for the first event" not in page(sign_in(http, alice.user), "/")


def test_without_a_token_the_page_says_where_to_make_one(http: httpx.Client) -> None:
    user = make_user()
    Token.objects.for_user(user.id).delete()
    assert "There is no token left" in page(sign_in(http, user), "/")
    assert "Without one no machine can connect" in page(http, "/machines")


def test_a_token_is_made_and_works(http: httpx.Client, server: Server) -> None:
    sign_in(http, make_user())
    made = press(http, "/machines", name="  laptop  ", scope="capture")
    assert made.status_code == 302
    text = source(http, "/machines")
    assert "Token for laptop created." in unescape(text)
    assert "only sends" in squeeze(text)
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
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', source(http, "/machines"))
    assert csrf
    return http.post(f"/machines/{token.id}/revoke", data={"csrfmiddlewaretoken": csrf[1]})


def test_a_revoked_token_is_gone(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    sign_in(http, user)
    assert revoke(http, token).status_code == 302
    assert "Token revoked." in page(http, "/machines")
    assert not Token.objects.filter(id=token.id).exists()
    assert str(token.id) not in source(http, "/machines")


def test_bob_cannot_revoke_alices_token(http: httpx.Client, alice: Person, bob: Person) -> None:
    token = first(alice.user)
    sign_in(http, bob.user)
    assert revoke(http, token).status_code == 404
    assert Token.objects.filter(id=token.id).exists()
    assert str(token.id) not in source(http, "/machines")


def test_revoking_needs_the_forms_secret(http: httpx.Client) -> None:
    user = make_user()
    token = first(user)
    sign_in(http, user)
    assert http.post(f"/machines/{token.id}/revoke").status_code == 403
    assert http.get(f"/machines/{token.id}/revoke").status_code == 405
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
