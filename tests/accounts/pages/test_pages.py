import re

import httpx
import pytest
from django.conf import LazySettings
from django.test import Client

from tests.accounts.calls import OTHER, address, forgot, html, is_in, login, press, secret, send, sign_in, text
from tests.people import PASSWORD, People, make_user
from tests.server import Server

PAGES = ["/sign-up", "/sign-in", "/forgot-password"]


def test_a_visitor_signs_up_verifies_and_signs_out(http: httpx.Client, mails: Server) -> None:
    email = address()
    link = sign_up(http, mails, email)
    assert not is_in(http)
    assert press(http, link).headers["location"] == "/"
    assert "Your address is verified." in http.get("/").text
    assert is_in(http)
    assert press_again(http, link).status_code == 400
    assert sign_out(http).status_code == 302
    assert not is_in(http)
    assert sign_in(http, email).status_code == 302


def sign_up(http: httpx.Client, mails: Server, email: str, password: str = PASSWORD) -> str:
    """Signs up on the page, and returns the path of the link that was mailed."""
    mailed = sum(email in mail.get("To", "") for mail in mails.mails())
    sent = press(http, "/sign-up", email=email, password=password, display_name="Alice")
    assert sent.status_code == 200
    assert email in sent.text
    assert "/dev/mail" in sent.text
    return f"/verify-email?token={secret(mails.mails_to(email, count=mailed + 1)[-1])}"


def press_again(http: httpx.Client, link: str) -> httpx.Response:
    return send(http, "/verify-email", token=link.partition("=")[2])


def test_a_link_in_another_browser_verifies_and_does_not_sign_in(
    http: httpx.Client, people: People, mails: Server
) -> None:
    """A stranger's link would sign its reader in to the stranger's account."""
    email = address()
    link, elsewhere = sign_up(http, mails, email), people.client({})
    sign_up(elsewhere, mails, address())
    assert press(elsewhere, link).headers["location"] == "/sign-in"
    assert "Sign in to continue." in elsewhere.get("/sign-in").text
    assert not is_in(elsewhere)
    assert not is_in(http)
    assert sign_in(elsewhere, email).status_code == 302


def test_a_claim_that_another_replaced_does_not_sign_in(http: httpx.Client, people: People, mails: Server) -> None:
    """Else the first to sign up would be signed in to an account whose password a stranger chose."""
    email, stranger = address(), people.client({})
    sign_up(http, mails, email)
    link = sign_up(stranger, mails, email, OTHER)
    assert press(http, link).headers["location"] == "/sign-in"
    assert not is_in(http)


def sign_out(http: httpx.Client) -> httpx.Response:
    token = http.cookies["csrf"]
    return http.post("/sign-out", headers={"X-CSRFToken": token, "Referer": str(http.base_url)})


def test_a_visitor_chooses_a_new_password(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    assert press(http, "/forgot-password", email=user.email).status_code == 200
    link = f"/reset-password?token={secret(mails.mails_to(user.email)[0])}"
    weak = press(http, link, password="password")
    assert weak.status_code == 400
    assert "too common" in weak.text
    assert press(http, link, password=OTHER).headers["location"] == "/sign-in"
    assert "Password changed" in http.get("/sign-in").text
    assert sign_in(http, user.email, OTHER).status_code == 302


def test_sign_in_changes_the_session_and_sign_out_ends_it(http: httpx.Client, server: Server) -> None:
    user = make_user()
    sign_in(http, user.email)
    first = http.cookies["session"]
    elsewhere = httpx.Client(base_url=server.url, cookies={"session": first}, verify=False)
    assert elsewhere.get("/sign-in").status_code == 302
    sign_out(http)
    assert elsewhere.get("/sign-in").status_code == 200
    sign_in(http, user.email)
    assert http.cookies["session"] != first
    elsewhere.close()


def test_a_session_that_was_planted_is_not_signed_in(inside: Client) -> None:
    """Sign-in gives the session a new key, so that a key that was known before is worth nothing."""
    inside.post("/sign-in", {"email": address(), "password": PASSWORD})
    planted = inside.session
    planted["planted"] = True
    planted.save()
    inside.cookies["session"] = str(planted.session_key)
    user = make_user()
    inside.post("/sign-in", {"email": user.email, "password": PASSWORD})
    assert inside.cookies["session"].value != planted.session_key
    assert inside.get("/sign-in").status_code == 302
    stranger = Client(SERVER_NAME="127.0.0.1")
    stranger.cookies["session"] = str(planted.session_key)
    assert stranger.get("/sign-in").status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/verify-email?token=x", "/reset-password?token=x"])
def test_account_pages_are_never_stored(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert "no-store" in answer.headers["cache-control"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/verify-email", "/reset-password"])
def test_a_page_with_a_secret_in_its_address_tells_no_path(http: httpx.Client, path: str) -> None:
    assert http.get(f"{path}?token=x").headers["referrer-policy"] == "strict-origin"


@pytest.mark.parametrize("path", ["/verify-email", "/reset-password"])
@pytest.mark.parametrize("query", ["", "?token=", "?token=x", "?token=a.b.c", "?token=%ff", "?token=a&token=b"])
def test_a_dead_link_says_what_to_do(http: httpx.Client, path: str, query: str) -> None:
    answer = http.get(path + query)
    assert answer.status_code == 400
    assert "/forgot-password" in answer.text


def test_a_used_link_says_so_on_the_second_press(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    forgot(http, user.email)
    link = f"/reset-password?token={secret(mails.mails_to(user.email)[0])}"
    page = http.get(link)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert csrf
    form = {"csrfmiddlewaretoken": csrf[1], "token": link.partition("=")[2], "password": OTHER}
    assert http.post("/reset-password", data=form).status_code == 302
    again = http.post("/reset-password", data=form)
    assert (again.status_code, "does not work" in again.text) == (400, True)


@pytest.mark.parametrize("then", ["/machines", "/search?q=a%26b", "/a/b?c=d"])
def test_sign_in_goes_on_to_where_the_visitor_wanted(http: httpx.Client, then: str) -> None:
    answer = press(http, "/sign-in?" + str(httpx.QueryParams(next=then)), email=make_user().email, password=PASSWORD)
    assert answer.headers["location"] == then


@pytest.mark.parametrize(
    "evil",
    ["//evil.example", "https://evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example",
     "http:evil.example", "javascript:alert(1)", "evil.example", " //evil.example",
     "/\t/evil.example", "\x01//evil.example"],
)  # fmt: skip
def test_sign_in_leads_to_no_other_host(http: httpx.Client, evil: str) -> None:
    user = make_user()
    answer = press(
        http, "/sign-in?" + str(httpx.QueryParams(next=evil)), email=user.email, password=PASSWORD, next=evil
    )
    assert answer.headers["location"] == "/"
    # The same holds for a user who is already signed in.
    assert http.get("/sign-in", params={"next": evil}).headers["location"] == "/"


def test_a_wrong_password_shows_the_form_again(http: httpx.Client) -> None:
    user = make_user()
    answer = sign_in(http, user.email, OTHER)
    assert answer.status_code == 401
    assert "The address or the password is wrong" in answer.text
    assert OTHER not in answer.text
    assert f'value="{user.email}"' in answer.text


def test_a_pending_visitor_can_have_the_link_again(http: httpx.Client) -> None:
    answer = sign_in(http, make_user(verified=False).email)
    assert answer.status_code == 403
    assert "Send the link again" in answer.text


@pytest.mark.parametrize("field", ["email", "display_name"])
def test_markup_in_a_field_stays_text(http: httpx.Client, field: str) -> None:
    values = {"email": address(), "password": "password", "display_name": "A", field: '"><script>alert(1)</script>'}
    answer = press(http, "/sign-up", **values)
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text


def test_markup_in_an_address_stays_text_in_the_answer(http: httpx.Client) -> None:
    answer = press(http, "/forgot-password", email=f"{address().partition('@')[0]}&lt@example.com")
    assert "&amp;lt@example.com" in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/sign-out", "/verify-email", "/reset-password"])
def test_a_post_from_another_site_is_refused(http: httpx.Client, path: str) -> None:
    assert http.post(path, data={"email": "a@example.com"}).status_code == 403
    http.get("/sign-in")
    answer = http.post(path, data={}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_signing_out_by_a_link_is_not_possible(http: httpx.Client) -> None:
    assert http.get("/sign-out").status_code == 405


def test_a_disabled_users_session_ends(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert http.get("/sign-in").status_code == 200


def test_the_mailbox_shows_a_mail_with_its_link(http: httpx.Client, mails: Server) -> None:
    user = make_user(display_name="<b>Bold</b>")
    forgot(http, user.email)
    [mail] = mails.mails_to(user.email)
    assert http.get(mails.mailbox).headers["location"] == "/dev/mail"
    listed = http.get("/dev/mail")
    assert user.email in listed.text
    path = re.search(rf'<a href="(/dev/mail/[^"]+)">[^<]+</a>\s*<p class="hint">{user.email}', listed.text)
    assert path
    shown = http.get(path[1])
    assert f'href="{mails.url}/reset-password?token={secret(mail)}"' in shown.text
    assert "<b>Bold" not in shown.text
    assert "unsafe" not in shown.headers["content-security-policy"]
    bare = http.get(f"{path[1]}/html")
    assert bare.text.strip() == html(mail).strip()
    assert bare.headers["content-security-policy"].startswith("sandbox ")
    assert "script" not in bare.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["x", "..", "20200101", "..%2f..%2fsecret_key", "a" * 300])
def test_the_mailbox_holds_nothing_else(http: httpx.Client, name: str, mails: Server) -> None:
    http.get(mails.mailbox)
    for path in (f"/dev/mail/{name}", f"/dev/mail/{name}/html"):
        assert http.get(path).status_code == 404


def test_there_is_no_mailbox_where_mail_is_sent(inside: Client, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert inside.get("/dev/mail").status_code == 404
    assert "/dev/mail" not in inside.post("/forgot-password", {"email": address()}).content.decode()


def test_kept_mails_are_for_this_user_only(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    forgot(http, user.email)
    mails.mails_to(user.email)
    folder = mails.data / "mail"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_mail_is_complete_as_text_and_loads_nothing(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    forgot(http, user.email)
    [mail] = mails.mails_to(user.email)
    assert f"{mails.url}/reset-password?token=" in text(mail)
    assert not re.search(r"<(img|link|script|iframe)\b|url\(", html(mail))
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_session_opened_before_a_login_elsewhere_stays_anonymous(http: httpx.Client) -> None:
    user = make_user()
    assert login(http, user.email).status_code == 200
    assert "session" not in http.cookies
    assert http.get("/sign-in").status_code == 200
