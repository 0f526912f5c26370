"""`/settings`: name, password and browser sessions."""

import re
from datetime import timedelta

import httpx
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.models import BrowserSession
from accounts.sign_in.user_agent import describe_browser
from tests.accounts.calls import OTHER, bearer, is_in, login, press, send, sign_in, text
from tests.people import PASSWORD, People, Person, make_user
from tests.server import Server, wait_for

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
PAGES = ["", "/password", "/email", "/delete", "/two-factor", "/two-factor/codes", "/two-factor/off"]


@pytest.fixture
def elsewhere(people: People) -> httpx.Client:
    """A second browser."""
    return people.client({"User-Agent": FIREFOX})


@pytest.mark.parametrize("path", [*PAGES, "/two-factor/qr.svg"])
def test_a_stranger_is_sent_to_sign_in(http: httpx.Client, path: str) -> None:
    answer = http.get(f"/settings{path}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/sign-in?next=/settings{path}")


@pytest.mark.parametrize("path", [*PAGES, "/sessions/end-others", "/sessions/x/end"])
def test_another_site_presses_nothing(http: httpx.Client, path: str) -> None:
    user = make_user()
    sign_in(http, user.email)
    body = {"current": PASSWORD, "password": OTHER, "email": "evil@example.com", "display_name": "Evil"}
    assert http.post(f"/settings{path}", data=body).status_code == 403
    user.refresh_from_db()
    assert (user.display_name, user.check_password(PASSWORD)) == (None, True)


@pytest.mark.parametrize("path", ["/", "/machines", "/device", *(f"/settings{page}" for page in PAGES)])
def test_pages_of_who_is_signed_in_are_never_stored(http: httpx.Client, path: str) -> None:
    sign_in(http, make_user().email)
    answer = http.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("typed", "kept"), [("Ada", "Ada"), ("", None), ("  Ada  ", "Ada"), ("<b>A</b>", "<b>A</b>")])
def test_a_name_is_changed(http: httpx.Client, typed: str, kept: str | None) -> None:
    user = make_user(display_name="Before")
    sign_in(http, user.email)
    assert press(http, "/settings", display_name=typed).status_code == 302
    user.refresh_from_db()
    assert user.display_name == kept
    assert "<b>A" not in http.get("/settings").text


@pytest.mark.parametrize("typed", ["a\nb", "a\r\nBcc: x", "x" * 201])
def test_a_name_that_cannot_be_is_refused(http: httpx.Client, typed: str) -> None:
    user = make_user(display_name="Before")
    sign_in(http, user.email)
    answer = press(http, "/settings", display_name=typed)
    assert (answer.status_code, 'class="error"' in answer.text) == (400, True)
    user.refresh_from_db()
    assert user.display_name == "Before"


def test_a_new_password_ends_everything_but_this_browser_and_the_machines(
    http: httpx.Client, elsewhere: httpx.Client, alice: Person, mails: Server
) -> None:
    access = login(http, alice.user.email).json()["access_token"]
    sign_in(elsewhere, alice.user.email)
    sign_in(http, alice.user.email)
    before = http.cookies["session"]
    answer = press(http, "/settings/password", current=PASSWORD, password=OTHER)
    assert answer.headers["location"] == "/settings"
    assert is_in(http)
    assert http.cookies["session"] != before
    assert not is_in(elsewhere)
    assert http.get("/me", headers=bearer(access)).status_code == 401
    assert alice.http.get("/me").status_code == 200
    assert BrowserSession.objects.filter(user=alice.user).count() == 1
    # Workers may send it before the mail about the sign-in.
    wait_for(
        lambda: any("password was changed" in mail["Subject"] for mail in mails.mails_to(alice.user.email)),
        what="the mail about the password",
    )
    assert login(http, alice.user.email).status_code == 401
    assert login(http, alice.user.email, OTHER).status_code == 200


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({"current": OTHER, "password": OTHER}, 401, "password is wrong"),
        ({"current": PASSWORD, "password": "password"}, 400, "too common"),
        ({"current": PASSWORD, "password": "short"}, 400, "at least 8"),
        ({"current": PASSWORD}, 400, "required"),
        ({"password": OTHER}, 400, "required"),
    ],
)
def test_a_password_is_not_changed_for_anybody(
    http: httpx.Client, values: dict[str, str], status: int, says: str
) -> None:
    user = make_user()
    sign_in(http, user.email)
    answer = press(http, "/settings/password", **values)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert OTHER not in answer.text
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.usefixtures("fast_hashes")
def test_guesses_from_an_open_session_are_throttled(inside: Client) -> None:
    user = make_user()
    inside.force_login(user)
    body = {"current": OTHER, "password": OTHER}
    statuses = [inside.post("/settings/password", body).status_code for _ in range(45)]
    assert statuses.count(401) <= 40  # 20 an hour; a new hour may begin meanwhile
    assert statuses[-1] == 429


def test_it_says_where_one_is_signed_in(http: httpx.Client, elsewhere: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    sign_in(elsewhere, user.email)
    page = http.get("/settings").text
    assert "Firefox on Linux" in page
    assert page.count("This one") == 1
    assert page.count("last seen") == 2
    assert elsewhere.cookies["session"] not in page


def test_no_session_keeps_an_address_or_its_cookie(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    row = str(BrowserSession.objects.filter(user=user).values_list().get())
    assert "127." not in row
    assert http.cookies["session"] not in row
    assert not BrowserSession.objects.filter(session_key=http.cookies["session"]).exists()


def test_one_browser_is_signed_out(http: httpx.Client, elsewhere: httpx.Client) -> None:
    user = make_user()
    sign_in(elsewhere, user.email)
    sign_in(http, user.email)
    [path] = re.findall(r'action="(/settings/sessions/[0-9a-f]+/end)"', http.get("/settings").text)
    assert send(http, path).headers["location"] == "/settings"
    assert not is_in(elsewhere)
    assert is_in(http)
    assert send(http, path).status_code == 404


def test_every_other_browser_is_signed_out_and_access_tokens_end(http: httpx.Client, elsewhere: httpx.Client) -> None:
    user = make_user()
    access = login(http, user.email).json()["access_token"]
    sign_in(elsewhere, user.email)
    sign_in(http, user.email)
    http.get("/settings")
    assert send(http, "/settings/sessions/end-others").status_code == 302
    assert not is_in(elsewhere)
    assert is_in(http)
    assert http.get("/me", headers=bearer(access)).status_code == 401


def test_bob_cannot_sign_alice_out(http: httpx.Client, elsewhere: httpx.Client) -> None:
    alice, bob = make_user(), make_user()
    sign_in(elsewhere, alice.email)
    sign_in(http, bob.email)
    name = BrowserSession.objects.get(user=alice).session_key
    http.get("/settings")
    assert send(http, f"/settings/sessions/{name}/end").status_code == 404
    send(http, "/settings/sessions/end-others")
    assert is_in(elsewhere)


def test_a_session_that_ran_out_is_forgotten(inside: Client) -> None:
    user = make_user()
    inside.force_login(user)
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert inside.get("/settings").status_code == 302
        tasks.delete_expired_credentials()
    assert not BrowserSession.objects.filter(user=user).exists()


def test_last_seen_moves_and_since_stays(inside: Client) -> None:
    user = make_user()
    inside.post("/sign-in", {"email": user.email, "password": PASSWORD})
    before = BrowserSession.objects.get(user=user)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert inside.post("/settings", {"display_name": "A"}).status_code == 302
        assert inside.get("/settings").status_code == 200
    after = BrowserSession.objects.get(user=user)
    assert after.signed_in_at == before.signed_in_at
    assert after.last_seen_at > before.last_seen_at


@pytest.mark.parametrize(
    ("user_agent", "says"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/128.0 Safari/537.36 Edg/128.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605 Version/17.5 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36", "Chrome on Android"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_coarsely(user_agent: str, says: str) -> None:
    assert describe_browser(user_agent) == says


def test_a_sign_in_from_an_unknown_browser_is_mailed(
    http: httpx.Client, elsewhere: httpx.Client, mails: Server
) -> None:
    user = make_user()
    sign_in(http, user.email)
    send(http, "/sign-out")
    sign_in(http, user.email)
    assert not user.mails.exists()
    elsewhere.headers["User-Agent"] = FIREFOX
    sign_in(elsewhere, user.email)
    [mail] = mails.mails_to(user.email)
    assert "new browser" in mail["Subject"]
    assert f"{mails.url}/settings" in text(mail)
    assert user.mails.count() == 1
