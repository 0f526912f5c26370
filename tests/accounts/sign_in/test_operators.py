"""The admin: how operators are created, what they see and what they do."""

import re

import httpx
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.credentials import api_tokens
from accounts.lifecycle import account_deletion
from accounts.models import MailKind, OperatorAction, OutgoingMail, SecondFactor, User
from accounts.sign_in import two_factor
from tests import forking
from tests.accounts.calls import OTHER, address, bearer, is_in, login, press, send
from tests.accounts.phones import Phone, give, sign_in_operator, sign_in_twice
from tests.people import PASSWORD, People, make_user
from tests.server import Server, wait_for


@pytest.fixture
def operator(http: httpx.Client) -> httpx.Client:
    """A browser in which an operator is signed in with both steps."""
    sign_in_operator(http)
    return http


def act(operator: httpx.Client, model: str, action: str, *ids: object) -> httpx.Response:
    """Runs an action of the admin for rows of a list."""
    operator.get(f"/admin/accounts/{model}/")
    form = {
        "action": action,
        "_selected_action": [str(id_) for id_ in ids],
        "csrfmiddlewaretoken": operator.cookies["csrf"],
    }
    answer = operator.post(f"/admin/accounts/{model}/", data=form, headers={"Referer": str(operator.base_url)})
    assert answer.status_code == 302, answer.text
    return answer


def acts(whom: User) -> list[str]:
    return list(OperatorAction.objects.filter(target_user=whom).order_by("at").values_list("action", flat=True))


def test_an_operator_is_made_on_the_command_line_and_signs_in(http: httpx.Client, server: Server) -> None:
    email = address()
    command = ["manage.py", "createsuperuser", "--noinput", "--email", email.upper()]
    made = forking.libraries().run(command, {**server.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD})
    assert made.returncode == 0, made.stderr
    assert press(http, "/sign-in?next=/admin/", email=email, password=PASSWORD).headers["location"] == "/admin/"
    assert http.get("/admin/").headers["location"] == "/settings/two-factor"
    send(http, "/settings/two-factor/set-up")
    phone = Phone(two_factor.get_secret(SecondFactor.objects.get(user__email=email)))
    assert press(http, "/settings/two-factor", new_code=phone.fresh(), current=PASSWORD).status_code == 200
    assert http.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/machines", "/settings", "/settings/password", "/device", "/admin/accounts/user/"]
)
def test_an_operator_without_two_factor_reaches_its_set_up_only(http: httpx.Client, path: str) -> None:
    press(http, "/sign-in", email=make_user(is_staff=True, is_superuser=True).email, password=PASSWORD)
    assert http.get(path).headers["location"] == "/settings/two-factor"
    assert http.get("/live/stream").status_code == 401
    page = http.get("/settings/two-factor")
    assert (page.status_code, "You are an operator" in page.text) == (200, True)
    assert send(http, "/admin/accounts/user/").headers["location"] == "/settings/two-factor"
    assert send(http, "/sign-out").status_code == 302


def test_an_operator_without_two_factor_gets_no_access_token(http: httpx.Client) -> None:
    user = make_user(is_staff=True)
    answer = login(http, user.email)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    phone = give(user)
    assert login(http, user.email, otp=phone.fresh()).status_code == 200


def test_who_becomes_an_operator_goes_through_two_steps_first(http: httpx.Client) -> None:
    user = make_user()
    press(http, "/sign-in", email=user.email, password=PASSWORD)
    User.objects.filter(id=user.id).update(is_staff=True, is_superuser=True)
    assert http.get("/admin/").headers["location"] == "/settings/two-factor"
    # This session signed in without the second factor, so that it gets no access.
    give(user)
    assert http.get("/admin/").headers["location"] == "/sign-in?next=/admin/"
    assert not is_in(http)


def test_an_operator_who_switches_it_off_is_out_again(http: httpx.Client) -> None:
    _, phone = sign_in_operator(http)
    assert http.get("/admin/").status_code == 200
    press(http, "/settings/two-factor/off", current=PASSWORD, otp=phone.fresh())
    assert http.get("/admin/").headers["location"] == "/settings/two-factor"


def test_the_admin_has_no_door_of_its_own(http: httpx.Client) -> None:
    assert http.get("/admin/", follow_redirects=True).url.path == "/sign-in"
    body = {"username": "a@example.com", "password": PASSWORD}
    assert http.post("/admin/login/", data=body).status_code == 403
    assert http.get("/admin/login/?next=/admin/accounts/user/").headers["location"].startswith("/sign-in?next=/admin/")


def test_a_user_is_no_operator(http: httpx.Client) -> None:
    press(http, "/sign-in", email=make_user().email, password=PASSWORD)
    assert http.get("/admin/", follow_redirects=True).status_code == 403


def test_operators_find_accounts_and_see_no_hash(operator: httpx.Client) -> None:
    user = make_user(display_name="Findable")
    assert user.email in operator.get("/admin/accounts/user/", params={"q": user.email.upper()}).text
    page = operator.get(f"/admin/accounts/user/{user.id}/change/")
    assert page.status_code == 200
    salt, digest = user.password.split("$")[-2:]
    assert salt not in page.text
    assert digest not in page.text


@pytest.mark.parametrize("query", ["", "?email_verified_at__isempty=1", "?is_active__exact=1", "?q=x&o=1.2"])
def test_the_lists_open(operator: httpx.Client, query: str) -> None:
    assert operator.get(f"/admin/accounts/user/{query}").status_code == 200


def test_operators_make_operators_and_change_nothing_else(operator: httpx.Client) -> None:
    user = make_user(display_name="Hers")
    path = f"/admin/accounts/user/{user.id}/change/"
    form = {"is_staff": "on", "email": address(), "display_name": "Mine", "password": OTHER, "email_verified_at_0": ""}
    assert press(operator, path, **form).status_code == 302
    was = user.email
    user.refresh_from_db()
    assert (user.is_staff, user.email, user.display_name, user.check_password(PASSWORD)) == (True, was, "Hers", True)
    assert acts(user) == ["changed is_staff"]
    for closed in ("/admin/accounts/user/add/", f"/admin/accounts/user/{user.id}/delete/"):
        assert operator.get(closed).status_code == 403
    assert operator.get("/admin/password_change/").headers["location"] == "/settings/password"
    assert "password1" not in operator.get(f"/admin/accounts/user/{user.id}/password/", follow_redirects=True).text


def test_disabling_ends_everything_at_once(operator: httpx.Client, people: People) -> None:
    alice, browser = people(), people.client({})
    access = alice.access_token()
    press(browser, "/sign-in", email=alice.user.email, password=PASSWORD)
    act(operator, "user", "disable", alice.id)
    assert not is_in(browser)
    assert browser.get("/me", headers=bearer(access)).status_code == 401
    wait_for(lambda: alice.http.get("/me").status_code == 401, seconds=5)
    assert login(browser, alice.user.email).status_code == 401
    act(operator, "user", "enable", alice.id)
    assert not is_in(browser)
    assert browser.get("/me", headers=bearer(access)).status_code == 401
    # The API tokens of her machines work again. A separate action revokes them.
    assert alice.http.get("/me").status_code == 200
    act(operator, "user", "revoke_tokens", alice.id)
    wait_for(lambda: alice.http.get("/me").status_code == 401, seconds=5)
    assert acts(alice.user) == ["disabled", "enabled", "revoked all tokens"]


def test_an_operator_cannot_disable_themselves(http: httpx.Client) -> None:
    operator, _ = sign_in_operator(http)
    act(http, "user", "disable", operator.id)
    assert http.get("/admin/").status_code == 200


def test_who_lost_authenticator_and_codes_is_let_in_by_an_operator(
    operator: httpx.Client, server: Server, people: People
) -> None:
    alice, colleague = make_user(), make_user(is_staff=True)
    for user in (alice, colleague):
        give(user)
    act(operator, "user", "switch_off_two_factor", alice.id, colleague.id)
    assert two_factor.load_factor(alice) is None
    assert two_factor.load_factor(colleague) is not None
    assert acts(alice) == ["turned off two-factor"]
    assert login(operator, alice.email).status_code == 200
    server.mails_to(alice.email)


def test_operators_end_sessions(operator: httpx.Client, people: People) -> None:
    alice, browser = people(), people.client({})
    access = alice.access_token()
    press(browser, "/sign-in", email=alice.user.email, password=PASSWORD)
    act(operator, "user", "end_sessions", alice.id)
    assert not is_in(browser)
    assert browser.get("/me", headers=bearer(access)).status_code == 401
    assert alice.http.get("/me").status_code == 200
    assert acts(alice.user) == ["ended all sessions"]


def test_operators_send_the_verification_again(operator: httpx.Client, server: Server) -> None:
    pending, verified = make_user(verified=False), make_user()
    act(operator, "user", "send_verification", pending.id, verified.id)
    assert "Verify" in server.mails_to(pending.email)[0]["Subject"]
    assert acts(pending) == ["resent the verification mail"]
    assert not verified.mails.exists()
    assert acts(verified) == []


def test_operators_see_tokens_by_name_and_can_revoke_them(operator: httpx.Client, people: People) -> None:
    alice = people()
    token_id = str(api_tokens.verify(alice.token))
    for path in ("/admin/accounts/token/", f"/admin/accounts/token/{token_id}/change/"):
        page = operator.get(path)
        assert page.status_code == 200
        assert "mfg_" not in page.text
    assert operator.get("/admin/accounts/token/add/").status_code == 403
    assert operator.get(f"/admin/accounts/token/{token_id}/delete/").status_code == 403
    act(operator, "token", "revoke", token_id)
    assert not alice.user.tokens.filter(id=token_id).exists()
    assert acts(alice.user) == ["revoked the token test"]


def test_operators_read_the_outbox_and_have_what_was_given_up_tried_again(operator: httpx.Client) -> None:
    user = make_user()
    given_up = OutgoingMail.objects.create(
        user=user, kind=MailKind.RESET, attempts=5, next_attempt_at=None, last_error="SMTPServerDisconnected"
    )
    sent = OutgoingMail.objects.create(user=user, kind=MailKind.VERIFY, next_attempt_at=None, sent_at=timezone.now())
    assert user.email in operator.get("/admin/accounts/outgoingmail/", params={"q": user.email}).text
    shown = operator.get("/admin/accounts/outgoingmail/", params={"q": user.email, "outcome": "given_up"}).text
    assert "SMTPServerDisconnected" in shown
    assert str(sent.id) not in shown
    for outcome in ("sent", "queued", "nonsense"):
        listed = operator.get("/admin/accounts/outgoingmail/", params={"outcome": outcome, "q": user.email}).text
        assert (str(sent.id) in listed) == (outcome != "queued")
    page = operator.get(f"/admin/accounts/outgoingmail/{given_up.id}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.text
    assert operator.get("/admin/accounts/outgoingmail/add/").status_code == 403
    assert operator.get(f"/admin/accounts/outgoingmail/{given_up.id}/delete/").status_code == 403
    act(operator, "outgoingmail", "retry", given_up.id, sent.id)
    given_up.refresh_from_db()
    sent.refresh_from_db()
    assert (given_up.attempts, given_up.next_attempt_at is None, sent.next_attempt_at) == (0, False, None)
    given_up.delete()


def test_the_acts_of_operators_are_read_and_never_changed(http: httpx.Client) -> None:
    operator, _ = sign_in_operator(http)
    user = make_user()
    act(http, "user", "end_sessions", user.id)
    listed = http.get("/admin/accounts/operatoraction/", params={"q": user.email}).text
    assert all(text in listed for text in (operator.email, user.email, "ended all sessions"))
    noted = OperatorAction.objects.get(target_user=user)
    path = f"/admin/accounts/operatoraction/{noted.id}"
    assert 'name="_save"' not in http.get(f"{path}/change/").text
    for closed in (f"{path}/delete/", "/admin/accounts/operatoraction/add/"):
        assert http.get(closed).status_code == 403
    # The row of the action stays when the account is deleted, but without the address.
    account_deletion.delete_account(user.id)
    listed = http.get("/admin/accounts/operatoraction/").text
    assert "ended all sessions" in listed
    assert user.email not in listed
    assert not LogEntry.objects.exists()


def test_an_operator_with_fewer_rights_sees_and_does_less(http: httpx.Client) -> None:
    helper, user = make_user(is_staff=True), make_user()
    helper.user_permissions.add(Permission.objects.get(codename="view_user"))
    sign_in_twice(http, helper, give(helper))
    assert user.email in http.get("/admin/accounts/user/", params={"q": user.email}).text
    assert "Disable" not in http.get("/admin/accounts/user/").text
    assert http.get("/admin/accounts/outgoingmail/").status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="change_user"))
    assert "Disable" in http.get("/admin/accounts/user/").text
    press(http, f"/admin/accounts/user/{helper.id}/change/", is_superuser="on", is_staff="on")
    helper.refresh_from_db()
    assert not helper.is_superuser


def test_operators_find_nothing_of_what_was_captured(operator: httpx.Client) -> None:
    models = re.findall(r'href="(/admin/[a-z]+/[a-z]+/)"', operator.get("/admin/").text)
    assert "/admin/accounts/user/" in models
    assert not [path for path in models if path.startswith(("/admin/events/", "/admin/memory/"))]


def test_an_operators_credentials_are_like_anyones(http: httpx.Client, people: People) -> None:
    operator = people(make_user(is_staff=True, is_superuser=True))
    stranger = people()
    token_id = api_tokens.verify(stranger.token)
    assert http.delete(f"/api/tokens/{token_id}", headers=bearer(operator.access_token())).status_code == 404
