"""Two-factor sign-in: no way around the second step exists."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import httpx
import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client

from accounts.models import RecoveryCode, SecondFactor
from accounts.sign_in import two_factor
from tests.accounts.calls import OTHER, bearer, forgot, is_in, login, press, reset, secret, send, sign_in, text
from tests.accounts.phones import Phone, give, sign_in_twice
from tests.people import PASSWORD, People, make_user
from tests.server import Server

PAPER = re.compile(r"<li><code>([0-9A-Z-]{14})</code></li>")


def set_up(http: httpx.Client, email: str) -> tuple[Phone, list[str]]:
    """Sets up the second factor on the pages. Returns the authenticator and the recovery codes."""
    assert sign_in(http, email).status_code == 302
    http.get("/settings/two-factor")
    assert send(http, "/settings/two-factor/set-up").headers["location"] == "/settings/two-factor"
    found = re.search(r'<code class="secret-text">([A-Z2-7]{32})</code>', http.get("/settings/two-factor").text)
    assert found
    phone = Phone(found[1])
    page = press(http, "/settings/two-factor", new_code=phone.fresh(), current=PASSWORD)
    assert page.status_code == 200, page.text
    return phone, PAPER.findall(page.text)


def test_an_owner_sets_it_up_and_signs_in_in_two_steps(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    phone, codes = set_up(http, user.email)
    assert len(set(codes)) == 10
    assert "is on" in mails.mails_to(user.email)[0]["Subject"]
    assert is_in(http)
    assert "10 recovery codes left" in http.get("/settings/two-factor").text
    send(http, "/sign-out")
    answer = sign_in_twice(http, user, phone, "?next=/machines")
    assert answer.headers["location"] == "/machines"
    assert is_in(http)


def test_it_is_off_until_a_code_confirms_it(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    http.get("/settings")
    send(http, "/settings/two-factor/set-up")
    wrong = press(http, "/settings/two-factor", new_code="000000", current=PASSWORD)
    assert (wrong.status_code, "does not match your authenticator" in wrong.text) == (400, True)
    assert login(http, user.email).status_code == 200


def test_setting_it_up_asks_for_the_password(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    two_factor.set_up(user)
    phone = Phone(two_factor.get_secret(SecondFactor.objects.get(user=user)))
    assert press(http, "/settings/two-factor", new_code=phone.fresh(), current=OTHER).status_code == 401
    assert login(http, user.email).status_code == 200


def test_switching_it_on_ends_what_came_with_the_password_alone(http: httpx.Client, people: People) -> None:
    user = make_user()
    elsewhere = people.client({})
    sign_in(elsewhere, user.email)
    access = login(http, user.email).json()["access_token"]
    set_up(http, user.email)
    assert not is_in(elsewhere)
    assert http.get("/me", headers=bearer(access)).status_code == 401


def test_the_qr_code_says_what_the_secret_says_and_is_kept_by_nobody(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    assert http.get("/settings/two-factor/qr.svg").status_code == 404
    http.get("/settings")
    send(http, "/settings/two-factor/set-up")
    image = http.get("/settings/two-factor/qr.svg")
    assert (image.status_code, image.headers["content-type"]) == (200, "image/svg+xml")
    assert "no-store" in image.headers["cache-control"]
    assert not re.search(r"<style|style=|<script|class=", image.text)
    address = two_factor.build_key_uri(SecondFactor.objects.get(user=user))
    assert address.startswith(f"otpauth://totp/Memfog%3A{user.email.replace('@', '%40')}?secret=")


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "²²²²²²", "٠٠٠٠٠٠", "-", " "])
def test_the_api_asks_for_a_code_and_takes_no_wrong_one(http: httpx.Client, code: str) -> None:
    user = make_user()
    give(user)
    for answer in (login(http, user.email), login(http, user.email, otp=code)):
        assert (answer.status_code, answer.json()["code"]) == (401, "otp_required")
        assert "access_token" not in answer.text


def test_the_api_takes_a_code(http: httpx.Client) -> None:
    user = make_user()
    phone = give(user)
    assert login(http, user.email, otp=f" {phone.fresh()[:3]} {phone.code()[3:]}").status_code == 200


def test_a_code_is_asked_for_only_after_the_right_password(http: httpx.Client) -> None:
    user = make_user()
    phone = give(user)
    answer = login(http, user.email, OTHER, otp=phone.fresh())
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert login(http, user.email, otp=phone.code()).status_code == 200


@pytest.mark.parametrize("otp", [5, None, ["000000"], {"a": 1}, "0" * 41])
def test_a_code_of_another_kind_is_refused(http: httpx.Client, otp: object) -> None:
    answer = login(http, make_user().email, otp=otp)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_a_code_works_once_and_so_does_no_older_one(http: httpx.Client) -> None:
    user = make_user()
    phone = give(user)
    code = phone.fresh()
    assert login(http, user.email, otp=code).status_code == 200
    for used in (code, phone.code(steps=-1)):
        assert login(http, user.email, otp=used).json()["code"] == "otp_required"


def test_of_one_code_sent_eight_times_at_once_one_counts(http: httpx.Client) -> None:
    user = make_user()
    code = give(user).fresh()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: login(http, user.email, otp=code).status_code, range(8)))
    assert sorted(statuses) == [200] + [401] * 7


@pytest.mark.parametrize(("seconds", "status"), [(20, 200), (100, 401), (-100, 401)])
def test_a_code_lasts_a_minute_or_so(inside: Client, seconds: int, status: int) -> None:
    user = make_user()
    code = give(user).code()
    from_now = time.time() + seconds
    with time_machine.travel(from_now):
        body = {"email": user.email, "password": PASSWORD, "otp": code}
        assert inside.post("/auth/login", body, "application/json").status_code == status


def test_a_recovery_code_works_once_in_any_spelling(http: httpx.Client) -> None:
    user = make_user()
    _, codes = set_up(http, user.email)
    spelt = codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert login(http, user.email, otp=spelt).status_code == 200
    assert login(http, user.email, otp=codes[0]).status_code == 401
    assert "9 recovery codes left" in http.get("/settings/two-factor").text


def test_new_recovery_codes_replace_the_earlier(http: httpx.Client) -> None:
    user = make_user()
    phone, old = set_up(http, user.email)
    page = press(http, "/settings/two-factor/codes", current=PASSWORD, otp=phone.fresh())
    new = PAPER.findall(page.text)
    assert len(new) == 10
    assert login(http, user.email, otp=old[0]).status_code == 401
    assert login(http, user.email, otp=new[0]).status_code == 200


def test_the_database_holds_neither_the_secret_nor_the_codes(http: httpx.Client) -> None:
    user = make_user()
    phone, codes = set_up(http, user.email)
    rows = [*SecondFactor.objects.filter(user=user).values_list(), *RecoveryCode.objects.values_list()]
    held = str([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows])
    assert phone.key.hex() not in held
    assert not [code for code in codes if code in held or code.replace("-", "") in held]


def test_an_older_key_still_opens(inside: Client, settings: LazySettings) -> None:
    user = make_user()
    phone = give(user)
    settings.TOKEN_KEYS = ["a new key that signs from now on", *settings.TOKEN_KEYS]
    body = {"email": user.email, "password": PASSWORD, "otp": phone.fresh()}
    assert inside.post("/auth/login", body, "application/json").status_code == 200


@pytest.mark.usefixtures("fast_hashes")
def test_guesses_are_throttled_from_wherever_they_come(inside: Client) -> None:
    user = make_user()
    phone = give(user)
    body = {"email": user.email, "password": PASSWORD}

    def guess(n: int, otp: str) -> int:
        return inside.post(
            "/auth/login", body | {"otp": otp}, "application/json", REMOTE_ADDR=f"100.70.0.{n}"
        ).status_code

    statuses = [guess(n, f"{n:06}") for n in range(60)]
    assert statuses.count(401) <= 40  # 20 an hour; a new hour may begin meanwhile
    assert statuses[-1] == 429
    assert guess(61, phone.fresh()) == 429


def test_half_way_is_not_in(http: httpx.Client) -> None:
    user = make_user()
    give(user)
    sign_in(http, user.email)
    assert http.get("/sign-in/code").status_code == 200
    assert not is_in(http)
    assert http.get("/live/stream").status_code == 401
    assert "known" not in http.cookies
    wrong = press(http, "/sign-in/code", otp="000000")
    assert (wrong.status_code, "This code is wrong" in wrong.text) == (401, True)


def test_half_way_ends_after_ten_minutes_or_with_a_new_password(inside: Client) -> None:
    user = make_user()
    give(user)
    body = {"email": user.email, "password": PASSWORD}
    inside.post("/sign-in", body)
    assert inside.get("/sign-in/code").status_code == 200
    with time_machine.travel(time.time() + 601):
        assert inside.get("/sign-in/code").headers["location"] == "/sign-in"
    user.set_password(OTHER)
    user.save()
    assert inside.get("/sign-in/code").headers["location"] == "/sign-in"


def test_nobody_comes_to_the_second_step_without_the_first(http: httpx.Client) -> None:
    assert http.get("/sign-in/code").headers["location"] == "/sign-in"


def test_a_reset_does_not_go_around_it(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    phone = give(user)
    forgot(http, user.email)
    assert reset(http, secret(mails.mails_to(user.email)[0])).status_code == 200
    assert login(http, user.email, OTHER).json()["code"] == "otp_required"
    assert sign_in(http, user.email, OTHER).headers["location"].startswith("/sign-in/code")
    assert not is_in(http)
    assert login(http, user.email, OTHER, otp=phone.fresh()).status_code == 200


def test_switching_it_off_takes_password_and_code_and_is_mailed(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    phone = give(user)
    sign_in_twice(http, user, phone)
    off = "/settings/two-factor/off"
    assert press(http, off, current=OTHER, otp=phone.code(steps=1)).status_code == 401
    assert press(http, off, current=PASSWORD, otp="000000").status_code == 401
    assert press(http, off, current=PASSWORD).status_code == 400
    assert press(http, off, current=PASSWORD, otp=phone.fresh()).headers["location"] == "/settings"
    assert "two-factor sign-in is off" in unescape(http.get("/settings").text).lower()
    assert "turned off" in text(mails.mails_to(user.email)[0])
    assert login(http, user.email).status_code == 200


@pytest.mark.parametrize("path", ["", "/set-up", "/codes", "/off"])
def test_another_site_cannot_press_its_buttons(http: httpx.Client, path: str) -> None:
    sign_in(http, make_user().email)
    assert http.post(f"/settings/two-factor{path}", data={"current": PASSWORD}).status_code == 403


@pytest.mark.parametrize("path", ["/codes", "/off"])
def test_where_it_is_off_there_is_nothing_to_change(http: httpx.Client, path: str) -> None:
    sign_in(http, make_user().email)
    assert press(http, f"/settings/two-factor{path}", current=PASSWORD).status_code == 404
