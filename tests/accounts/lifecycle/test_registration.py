from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.test import Client

from accounts.models import User
from tests.accounts import hashing
from tests.accounts.calls import OTHER, address, fields, html, login, register, secret, text, verify, without_id
from tests.people import PASSWORD, make_user
from tests.server import Server


def test_a_new_account_is_verified_by_mail_and_signs_in(http: httpx.Client, mails: Server) -> None:
    email = address()
    assert register(http, email, display_name="Alice").status_code == 202
    [mail] = mails.mails_to(email)
    answer = verify(http, secret(mail))
    assert (answer.status_code, answer.json()) == (200, {"email_verified": True})
    user = login(http, email).json()["user"]
    assert user == {
        "id": str(User.objects.get(email=email).id),
        "email": email,
        "display_name": "Alice",
        "email_verified": True,
    }


def test_it_starts_with_one_full_token_named_default(http: httpx.Client, mails: Server) -> None:
    email = address()
    register(http, email)
    register(http, email)
    user = User.objects.get(email=email)
    assert list(user.tokens.values_list("name", "scope")) == [("default", "full")]


def test_new_pending_and_verified_addresses_answer_alike(http: httpx.Client, mails: Server) -> None:
    email, owner = address(), make_user()
    answers = [register(http, email), register(http, email), register(http, owner.email)]
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert without_id(answers[0]) == without_id(answers[1]) == without_id(answers[2])
    assert "already have" in mails.mails_to(owner.email)[0]["Subject"]


def test_new_pending_and_verified_addresses_cost_the_same_hashes(inside: Client, hashes: hashing.Count) -> None:
    email, owner = address(), make_user().email
    hashes.take()
    counts = []
    for one in (email, email, owner):
        assert register_inside(inside, one) == 202
        counts.append(hashes.take())
    assert counts == [1, 1, 1]


def register_inside(client: Client, email: str) -> int:
    body = {"email": email, "password": PASSWORD}
    return client.post("/auth/register", body, content_type="application/json").status_code


def test_registering_a_verified_address_changes_nothing(http: httpx.Client, mails: Server) -> None:
    owner = make_user(display_name="Owner")
    register(http, owner.email, password=OTHER, display_name="Mallory")
    mails.mails_to(owner.email)
    assert login(http, owner.email, OTHER).status_code == 401
    assert login(http, owner.email).json()["user"]["display_name"] == "Owner"


def test_registering_a_pending_address_again_kills_the_older_link(http: httpx.Client, mails: Server) -> None:
    email = address()
    register(http, email)
    [old] = mails.mails_to(email)
    register(http, email, password=OTHER, display_name="Second")
    new = mails.mails_to(email, count=2)[1]
    assert verify(http, secret(old)).json()["code"] == "invalid_token"
    assert login(http, email, OTHER).json()["code"] == "email_unverified"
    assert login(http, email).json()["code"] == "invalid_credentials"
    assert verify(http, secret(new)).status_code == 200
    assert login(http, email, OTHER).json()["user"]["display_name"] == "Second"


def test_a_stranger_cannot_have_their_password_verified_by_the_victims_link(http: httpx.Client, mails: Server) -> None:
    victim = address()
    register(http, victim)
    [mail] = mails.mails_to(victim)
    register(http, victim, password=OTHER)
    assert verify(http, secret(mail)).status_code == 400
    assert login(http, victim, OTHER).status_code == 403


def test_one_address_at_once_is_one_account(http: httpx.Client, mails: Server) -> None:
    email = address()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: register(http, email).status_code, range(8)))
    assert answers == [202] * 8
    assert User.objects.filter(email=email).count() == 1
    assert User.objects.get(email=email).tokens.count() == 1


@pytest.mark.parametrize("spelling", ["Foo.K@Ex.com", "foo.k@ex.com", "FOO.\N{KELVIN SIGN}@ex.com"])
def test_every_spelling_of_an_address_is_one_account(http: httpx.Client, spelling: str) -> None:
    mark = address().partition("@")[0]
    make_user(f"{mark}.foo.k@ex.com")
    assert login(http, f"{mark}.{spelling}").status_code == 200
    register(http, f"{mark}.{spelling}")
    assert User.objects.filter(email__startswith=mark).count() == 1


@pytest.mark.parametrize(
    "email",
    ["", "no-at", "a@b", "a@ex.com\r\nBcc: b@ex.com", "a\n@ex.com", "a\0@ex.com", '"a\x01"@ex.com',
     f"{'a' * 250}@ex.com", "\ufb03" * 90 + "@ex.com", "a@ex.com\u2028", 5, None, ["a@ex.com"], {"a": 1}, True],
)  # fmt: skip
def test_a_malformed_address_is_refused_by_name(http: httpx.Client, email: object) -> None:
    assert fields(register(http, email)) == {"email"}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a\r\nBcc: b@ex.com", "a\nb", "a\n", "a\0b", "x" * 201, 5, ["x"], "\u2029"])
def test_a_malformed_name_is_refused_by_name(http: httpx.Client, name: object) -> None:
    assert fields(register(http, address(), display_name=name)) == {"display_name"}


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("short_7", "password_too_short"),
        ("password", "password_too_common"),
        ("8365910274", "password_entirely_numeric"),
        ("x" * 1025, "password_too_long"),
    ],
)
def test_a_weak_password_is_refused_with_the_rule(http: httpx.Client, password: str, rule: str) -> None:
    answer = register(http, address(), password=password)
    assert fields(answer) == {"password"}
    assert rule in [error["code"] for error in answer.json()["errors"]]


def test_a_password_like_the_address_or_the_name_is_refused(http: httpx.Client) -> None:
    email = address()
    assert fields(register(http, email, password=email)) == {"password"}
    assert fields(register(http, email, password="Wilhelmina1", display_name="wilhelmina")) == {"password"}


@pytest.mark.parametrize("password", ["é" * 128, "\N{SNOWMAN} \N{KELVIN SIGN} \U0001f40e battery ", "  space  both  "])
def test_a_password_is_taken_verbatim(http: httpx.Client, mails: Server, password: str) -> None:
    email = address()
    assert register(http, email, password=password).status_code == 202
    verify(http, secret(mails.mails_to(email)[0]))
    assert login(http, email, password).status_code == 200
    assert login(http, email, f"{password} ").status_code == 401


def test_a_password_of_five_megabytes_is_refused_unhashed(
    http: httpx.Client, inside: Client, hashes: hashing.Count
) -> None:
    huge = "x" * 5_000_000
    answer = register(http, address(), password=huge)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    body = {"email": address(), "password": huge}
    assert inside.post("/auth/register", body, content_type="application/json").status_code == 413
    assert hashes.take() == 0


def test_a_long_password_is_not_hashed_at_login(inside: Client, hashes: hashing.Count) -> None:
    body = {"email": address(), "password": "x" * 1025}
    assert inside.post("/auth/login", body, content_type="application/json").status_code == 400
    assert hashes.take() == 0


def test_a_body_cannot_make_an_operator(http: httpx.Client, mails: Server) -> None:
    email = address()
    over = {"is_staff": True, "is_superuser": True, "is_active": False, "email_verified_at": "2020-01-01", "id": "1"}
    assert register(http, email, **over).status_code == 202
    user = User.objects.get(email=email)
    assert (user.is_staff, user.is_superuser, user.is_active, user.email_verified) == (False, False, True, False)


def test_a_name_of_markup_stays_text(http: httpx.Client, mails: Server) -> None:
    owner = make_user(display_name="<script>alert(1)</script>")
    register(http, owner.email)
    [mail] = mails.mails_to(owner.email)
    assert "<script>alert(1)" in text(mail)
    assert "<script" not in html(mail)
    assert "&lt;script&gt;alert(1)" in html(mail)


def test_the_name_of_whoever_registers_is_not_mailed_to_strangers(http: httpx.Client, mails: Server) -> None:
    email = address()
    register(http, email, display_name="Win at evil.example")
    [mail] = mails.mails_to(email)
    assert "evil" not in mail.as_string()


def test_a_disabled_account_stays_disabled_and_unmailed(http: httpx.Client) -> None:
    user = make_user(verified=False, is_active=False)
    assert register(http, user.email, password=OTHER).status_code == 202
    user.refresh_from_db()
    assert not user.is_active
    assert not user.check_password(OTHER)
    assert not user.mails.exists()
