"""The change of an address: a link at the new address confirms it, and a mail informs the old address."""

import re

import httpx
import pytest

from accounts.models import User
from tests.accounts.calls import OTHER, address, forgot, login, press, register, secret, send, sign_in, text, verify
from tests.accounts.phones import give, sign_in_twice
from tests.people import PASSWORD, make_user
from tests.server import Server


def ask(http: httpx.Client, new: str, **values: str) -> httpx.Response:
    return press(http, "/settings/email", email=new, current=PASSWORD, **values)


def link(mails: Server, email: str) -> str:
    return f"/confirm-email?token={secret(mails.mails_to(email)[-1])}"


def test_an_account_moves_when_the_new_address_is_proved(http: httpx.Client, mails: Server) -> None:
    user, new = make_user(), address()
    sign_in(http, user.email)
    sent = ask(http, new.upper())
    assert (sent.status_code, new in sent.text.lower()) == (200, True)
    assert "is about to change" in mails.mails_to(user.email)[0]["Subject"]
    assert login(http, user.email).status_code == 200
    path = link(mails, new)
    for _ in range(2):
        assert new in http.get(path).text  # opening the link does not use it up
    assert press(http, path).headers["location"] == "/settings"
    assert login(http, new).status_code == 200
    assert login(http, user.email).status_code == 401
    assert "was changed" in mails.mails_to(user.email, count=2)[1]["Subject"]
    assert http.get(path).status_code == 400


def test_the_name_of_whoever_asks_is_not_mailed_to_strangers(http: httpx.Client, mails: Server) -> None:
    user, new = make_user(display_name="Win at evil.example"), address()
    sign_in(http, user.email)
    ask(http, new)
    [mail] = mails.mails_to(new)
    assert "evil" not in mail.as_string()
    assert user.email not in mail.as_string()


def test_it_takes_the_password_and_the_code(http: httpx.Client) -> None:
    user, new = make_user(), address()
    phone = give(user)
    sign_in_twice(http, user, phone)
    assert press(http, "/settings/email", email=new, current=OTHER, otp=phone.code()).status_code == 401
    assert ask(http, new, otp=phone.spent()).status_code == 401  # the sign-in has used this code
    assert ask(http, new, otp=phone.fresh()).status_code == 200


def test_the_old_address_stops_it_with_a_new_password(http: httpx.Client, mails: Server) -> None:
    user, new = make_user(), address()
    sign_in(http, user.email)
    ask(http, new)
    path = link(mails, new)
    notice = mails.mails_to(user.email)[0]
    assert f"{mails.url}/forgot-password" in text(notice)
    forgot(http, user.email)
    assert http.get(path).status_code == 400
    assert User.objects.get(id=user.id).email == user.email


def test_a_later_wish_replaces_the_earlier(http: httpx.Client, mails: Server) -> None:
    user, first, second = make_user(), address(), address()
    sign_in(http, user.email)
    ask(http, first)
    old = link(mails, first)
    ask(http, second)
    assert http.get(old).status_code == 400
    assert press(http, link(mails, second)).status_code == 302
    assert User.objects.get(id=user.id).email == second


def test_an_address_of_somebody_else_is_not_given_away_and_its_owner_told(http: httpx.Client, mails: Server) -> None:
    user, owner, free = make_user(), make_user(), address()
    sign_in(http, user.email)
    taken, new = ask(http, owner.email), ask(http, free)
    assert taken.status_code == new.status_code == 200
    assert shown(taken, owner.email) == shown(new, free)
    assert "already have" in mails.mails_to(owner.email)[0]["Subject"]
    assert User.objects.get(id=owner.id).email == owner.email


def shown(page: httpx.Response, email: str) -> str:
    """Returns the HTML of a page without the address and the tokens, which differ on each request."""
    return re.sub(r'value="[^"]{60,}"', "", page.text.replace(email, ""))


def test_who_proves_the_address_first_has_it(http: httpx.Client, mails: Server) -> None:
    user, new = make_user(), address()
    sign_in(http, user.email)
    ask(http, new)
    path = link(mails, new)
    register(http, new, password=OTHER)
    verify(http, secret(mails.mails_to(new, count=2)[1]))
    assert press(http, path).status_code == 400
    assert User.objects.get(id=user.id).email == user.email


def test_a_claim_that_nobody_proved_gives_way(http: httpx.Client, mails: Server) -> None:
    user, new = make_user(), address()
    register(http, new, password=OTHER)
    stale = secret(mails.mails_to(new)[0])
    sign_in(http, user.email)
    ask(http, new)
    mails.mails_to(new, count=2)
    assert press(http, link(mails, new)).status_code == 302
    assert verify(http, stale).status_code == 400
    assert login(http, new, OTHER).status_code == 401
    assert login(http, new).status_code == 200


def test_a_link_of_another_kind_moves_nothing(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    forgot(http, user.email)
    token = secret(mails.mails_to(user.email)[0])
    assert http.get(f"/confirm-email?token={token}").status_code == 400
    new = address()
    sign_in(http, user.email)
    ask(http, new)
    assert (
        http.post("/auth/reset-password", json={"token": link(mails, new)[21:], "password": OTHER}).status_code == 400
    )


@pytest.mark.parametrize("new", ["", "no-at", "a@ex.com\r\nBcc: b@ex.com", "a" * 250 + "@ex.com"])
def test_a_malformed_address_is_refused(http: httpx.Client, new: str) -> None:
    user = make_user()
    sign_in(http, user.email)
    assert ask(http, new).status_code == 400
    assert not user.mails.exists()


def test_an_address_is_bothered_five_times_an_hour(http: httpx.Client, mails: Server) -> None:
    """The limit counts the mails of all accounts to one address together."""
    victim, movers = address(), [make_user() for _ in range(6)]
    for mover in movers:
        sign_in(http, mover.email)
        assert ask(http, victim).status_code == 200
        send(http, "/sign-out")
    assert sum(mover.mails.filter(to=victim).count() for mover in movers) == 5
