"""Device login (RFC 8628): a machine shows a short code, and a signed-in user approves it in a browser."""

from dataclasses import dataclass
from datetime import timedelta
from secrets import choice, token_urlsafe

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.api_base.problem import Problem
from accounts.credentials import api_tokens
from accounts.crypto import keyed_hash
from accounts.models import DeviceLogin, Scope, Token, User

LOGIN_LIFETIME = timedelta(minutes=10)
POLL_INTERVAL_S, MAX_POLL_INTERVAL_S = 5, 60  # seconds between two polls
SLOW_DOWN_S = 5  # seconds that are added for a machine that polls too soon (section 3.5)
# The 20 consonants of section 6.1: no vowels, so no words; 8 letters are 34 bits for ten minutes.
USER_CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """The two codes that the machine gets. Neither is stored."""

    device_code: str
    user_code: str


def start_login(client_name: str, *, scope: Scope) -> DeviceCodes:
    device_code, letters = token_urlsafe(32), "".join(choice(USER_CODE_ALPHABET) for _ in range(8))
    DeviceLogin.objects.create(
        device_code_digest=keyed_hash.compute_digests("device code", device_code.encode())[0],
        user_code_digest=keyed_hash.compute_digests("user code", letters.encode())[0],
        client_name=client_name,
        scope=scope,
    )
    return DeviceCodes(device_code, f"{letters[:4]}-{letters[4:]}")


def load_login(user_code: str) -> DeviceLogin:
    """Loads the login that waits for a decision under this code. Raises Problem `expired_token`."""
    letters = "".join(user_code.upper().split()).replace("-", "")
    login = (
        _filter_unexpired()
        .filter(user_code_digest__in=keyed_hash.compute_digests("user code", letters.encode(errors="replace")))
        .first()
    )
    if login is None:
        raise Problem("expired_token", "No machine is waiting with this code. A code works once, for ten minutes.")
    return login


def approve(user: User, user_code: str) -> str:
    """Creates a token for the machine, named after it. Returns that name.

    Raises Problem `expired_token` or `invalid_input`.
    """
    with transaction.atomic():
        login = _claim_login(user_code)
        login.token = api_tokens.create(user.id, name=login.client_name, scope=Scope(login.scope))
        login.save(update_fields=["token"])
    return login.client_name


def deny(user_code: str) -> None:
    """Denies the login. Raises Problem `expired_token`."""
    with transaction.atomic():
        login = _claim_login(user_code)
        login.denied = True
        login.save(update_fields=["denied"])


def _claim_login(user_code: str) -> DeviceLogin:
    login = load_login(user_code)
    # If two users decide at once, only one update finds the code.
    if not DeviceLogin.objects.filter(id=login.id, user_code_digest=login.user_code_digest).update(
        user_code_digest=None
    ):
        raise Problem("expired_token", "This code has already been used.")
    login.user_code_digest = None
    return login


def collect_token(device_code: str) -> Token:
    """Returns the token, once.

    Raises Problem `authorization_pending`, `slow_down`, `access_denied` or `expired_token`.
    """
    digests = keyed_hash.compute_digests("device code", device_code.encode(errors="replace"))
    with transaction.atomic():
        login = _filter_unexpired().select_for_update().filter(device_code_digest__in=digests).first()
        problem = _record_poll(login) if login else Problem("expired_token")
        token = login.token if login and problem is None else None
        if login and token:
            login.delete()
    # Raised after the commit, so that the recorded poll is not rolled back.
    if token is None:
        raise problem or Problem("authorization_pending")
    return token


def _record_poll(login: DeviceLogin) -> Problem | None:
    """Records a poll. Returns a problem if the machine polls too soon or was denied."""
    now, last_polled_at, interval_s = timezone.now(), login.polled_at, login.interval
    is_too_soon = last_polled_at is not None and now < last_polled_at + timedelta(seconds=interval_s)
    login.interval = min(interval_s + SLOW_DOWN_S, MAX_POLL_INTERVAL_S) if is_too_soon else interval_s
    DeviceLogin.objects.filter(id=login.id).update(polled_at=now, interval=login.interval)
    if is_too_soon:
        return Problem("slow_down", f"Wait {login.interval} seconds between requests.")
    if login.denied:
        return Problem("access_denied")
    return None


def delete_expired_logins() -> None:
    """Deletes expired logins, and the tokens that no machine collected."""
    expired = DeviceLogin.objects.filter(created_at__lt=timezone.now() - LOGIN_LIFETIME)
    Token.objects.filter(device_login__in=expired).delete()
    expired.delete()


def _filter_unexpired() -> QuerySet[DeviceLogin]:
    return DeviceLogin.objects.filter(created_at__gt=timezone.now() - LOGIN_LIFETIME)
