"""Is this who they say? The same questions from the API and from the pages: the password, then the second step."""

from datetime import timedelta

from django.contrib.auth import login as start_session
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone

from accounts.api_base import rate_limit
from accounts.api_base.problem import Problem
from accounts.credentials import authentication
from accounts.mailer import outbox
from accounts.models import Mail, User, canonical
from accounts.sign_in import known_browsers, two_factor
from accounts.sign_in.user_agent import family


def check(request: HttpRequest, email: str, *, password: str) -> User:
    """The verified user with this address and password. One hash, whether or not the address is known.

    Raises Problem `invalid_credentials`, `email_unverified` (only to who knows the password), `rate_limited`.
    The request tells only who asks: whoever has signed in before is throttled apart from strangers.
    """
    email = canonical(email)
    user = User.objects.filter(email=email).first()
    account = f"{email} {_acquaintance(request, user)}"
    rate_limit.may_guess(account)
    if not _has_password(user, password) or user is None or not user.is_active:
        rate_limit.count_wrong_guess(account)
        raise Problem("invalid_credentials")
    if not user.email_verified:
        raise Problem("email_unverified", "Open the link in the mail we sent you, then sign in.")
    return user


def check_code(request: HttpRequest, user: User, code: str) -> str:
    """The second step. Returns the proof that it was taken, empty for a user who has none to take.

    Raises Problem `otp_required` for a missing, wrong or used code, `rate_limited`.
    """
    factor = two_factor.of(user)
    if factor is None:
        return ""
    if not code:
        raise Problem("otp_required", "Send the code of your authenticator, or a recovery code, as `otp`.")
    # Counted before it is looked at, right or wrong: a hundred at once are a hundred guesses.
    rate_limit.count_code(f"{user.id} {_acquaintance(request, user)}")
    if not two_factor.passes(factor, code):
        raise Problem("otp_required", "That code is wrong, too old, or was used before.")
    return str(factor.id)


def check_again(request: HttpRequest, user: User, *, password: str, code: str) -> None:
    """Whoever is signed in shows that it is still they, before what cannot be undone.

    Raises Problem `invalid_credentials`, `otp_required`, `rate_limited`.
    """
    account = f"{user.id} signed in"
    rate_limit.may_guess(account)
    # Who came in through a link of their own machine may have none, and then there is nothing to show.
    if user.has_usable_password() and not user.check_password(password):
        rate_limit.count_wrong_guess(account)
        raise Problem("invalid_credentials", "This is not your password.")
    check_code(request, user, code)


def let_in(request: HttpRequest, user: User, *, proof: str, lasts: timedelta | None = None) -> None:
    """Signs this browser in, for two weeks unless `lasts` says how long. `proof` is what `check_code` returned."""
    if user.last_login and not known_browsers.name(request, user):
        outbox.add(user, Mail.NEW_SIGN_IN)
    start_session(request, user)
    browser = family(request.headers.get("User-Agent", ""))
    if lasts:
        request.session.set_expiry(int(lasts.total_seconds()))
    request.session.update({"browser": browser, "since": timezone.now().isoformat(), "proof": proof})


def _acquaintance(request: HttpRequest, user: User | None) -> str:
    """The browser or the token that has signed in to this account before; nothing for a stranger."""
    return known_browsers.name(request, user) or _token(request, user)


def _token(request: HttpRequest, user: User | None) -> str:
    header = request.headers.get("Authorization")
    try:
        caller = authentication.identify(header) if header else None
    except Problem:
        return ""
    return f"token {caller.token_id}" if caller and user and caller.user_id == user.id else ""


def _has_password(user: User | None, password: str) -> bool:
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)
