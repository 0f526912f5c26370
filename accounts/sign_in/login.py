"""Authenticates a user, for the API and the pages: the password, then the second step."""

from datetime import timedelta
from typing import Any

from django.contrib.auth import login as django_login
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from accounts.api_base import rate_limit
from accounts.api_base.problem import Problem
from accounts.credentials import authentication
from accounts.mailer import outbox
from accounts.models import BrowserSession, MailKind, OutgoingMail, User, canonicalize_email
from accounts.sign_in import known_browsers, two_factor
from accounts.sign_in.user_agent import describe_browser

SIGN_IN_TIMEOUT = timedelta(seconds=30)  # between the mail about a sign-in and the session that it starts


def authenticate(request: HttpRequest, email: str, *, password: str) -> User:
    """Returns the verified user with this address and password. Known and unknown addresses cost one hash.

    The request only identifies the client: a client that has signed in before is throttled separately from strangers.
    Raises Problem `invalid_credentials`, `rate_limited`, or `email_unverified` (only after the right password).
    """
    email = canonicalize_email(email)
    user = User.objects.filter(email=email).first()
    account = f"{email} {_get_known_client(request, user)}"
    rate_limit.check_password_limit(account)
    if not _is_password_correct(user, password) or user is None or not user.is_active:
        rate_limit.count_wrong_password(account)
        raise Problem("invalid_credentials")
    if not user.email_verified:
        raise Problem("email_unverified", "Open the link in the mail we sent you, then sign in.")
    return user


def check_code(request: HttpRequest, user: User, code: str) -> str:
    """Checks the second step. Returns the id of the factor as its proof; empty for a user without a factor.

    Raises Problem `otp_required` for a missing, wrong or used code, or `rate_limited`.
    """
    factor = two_factor.load_factor(user)
    if factor is None:
        return ""
    if not code:
        raise Problem("otp_required", "Send the code of your authenticator, or a recovery code, as `otp`.")
    # Count before the check, right or wrong: a hundred simultaneous codes are a hundred guesses.
    rate_limit.count_code_attempt(f"{user.id} {_get_known_client(request, user)}")
    if not two_factor.verify_code(factor, code):
        raise Problem("otp_required", "This code is wrong, expired or already used.")
    return str(factor.id)


def reauthenticate(request: HttpRequest, user: User, *, password: str, code: str) -> None:
    """Requires the signed-in user to authenticate again, before an action that cannot be undone.

    Raises Problem `invalid_credentials`, `otp_required` or `rate_limited`.
    """
    account = f"{user.id} signed in"
    rate_limit.check_password_limit(account)
    # An owner who signed in by the link of their machine may have no password to check.
    if user.has_usable_password() and not user.check_password(password):
        rate_limit.count_wrong_password(account)
        raise Problem("invalid_credentials", "The password is wrong.")
    check_code(request, user, code)


def start_session(
    request: HttpRequest, user: User, *, verified_factor_id: str, lifetime: timedelta | None = None
) -> None:
    """Signs this browser in, for `lifetime` or two weeks.

    `verified_factor_id` is the result of `check_code`.
    """
    if user.last_login and not known_browsers.get_browser_id(request, user):
        outbox.add(user, MailKind.NEW_SIGN_IN)
    django_login(request, user)
    browser = describe_browser(request.headers.get("User-Agent", ""))
    if lifetime:
        request.session.set_expiry(int(lifetime.total_seconds()))
    request.session.update({"browser": browser, "since": timezone.now().isoformat(), "proof": verified_factor_id})


def build_mail_context(mail: OutgoingMail) -> dict[str, Any]:
    """Builds what the mail about a sign-in says: the browser, if its session is known. `accounts.mailer` calls it."""
    if mail.user is None:
        return {}
    since, until = mail.created_at, mail.created_at + SIGN_IN_TIMEOUT
    rows = BrowserSession.objects.for_user(mail.user.id).filter(signed_in_at__gte=since, signed_in_at__lt=until)
    return {"browser": rows.order_by("signed_in_at").values_list("browser", flat=True).first() or ""}


def _get_known_client(request: HttpRequest, user: User | None) -> str:
    """Returns the browser or token that has signed in to this account before; empty for a stranger."""
    return known_browsers.get_browser_id(request, user) or _get_known_token(request, user)


def _get_known_token(request: HttpRequest, user: User | None) -> str:
    header = request.headers.get("Authorization")
    try:
        caller = authentication.identify_caller(header) if header else None
    except Problem:
        return ""
    return f"token {caller.token_id}" if caller and user and caller.user_id == user.id else ""


def _is_password_correct(user: User | None, password: str) -> bool:
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)
