"""Device login (RFC 8628): a machine shows a short code, and somebody signed in says yes to it in a browser."""

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

LASTS = timedelta(minutes=10)
INTERVAL, LONGEST_INTERVAL = 5, 60  # seconds between two polls
SLOWER = 5  # seconds more for who does not wait (section 3.5)
# The 20 consonants of section 6.1: no vowels, so no words; 8 of them are 34 bits for ten minutes.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True, slots=True)
class Started:
    """What the machine is told. Neither code is stored."""

    device_code: str
    user_code: str


def start(client_name: str, *, scope: Scope) -> Started:
    device_code, letters = token_urlsafe(32), "".join(choice(LETTERS) for _ in range(8))
    DeviceLogin.objects.create(
        device_digest=keyed_hash.digests("device code", device_code.encode())[0],
        user_digest=keyed_hash.digests("user code", letters.encode())[0],
        client_name=client_name,
        scope=scope,
    )
    return Started(device_code, f"{letters[:4]}-{letters[4:]}")


def find(user_code: str) -> DeviceLogin:
    """The login that waits for a decision under this code. Raises Problem `expired_token`."""
    letters = "".join(user_code.upper().split()).replace("-", "")
    waiting = _young().filter(user_digest__in=keyed_hash.digests("user code", letters.encode(errors="replace"))).first()
    if waiting is None:
        raise Problem("expired_token", "No machine waits under this code. It works once, for ten minutes.")
    return waiting


def approve(user: User, user_code: str) -> str:
    """Makes a token, named after the machine, for it to fetch. Returns that name.

    Raises Problem `expired_token`, `invalid_input`.
    """
    with transaction.atomic():
        waiting = _take(user_code)
        waiting.token = api_tokens.create(user.id, name=waiting.client_name, scope=Scope(waiting.scope))
        waiting.save(update_fields=["token"])
    return waiting.client_name


def deny(user_code: str) -> None:
    """Raises Problem `expired_token`."""
    with transaction.atomic():
        waiting = _take(user_code)
        waiting.denied = True
        waiting.save(update_fields=["denied"])


def _take(user_code: str) -> DeviceLogin:
    waiting = find(user_code)
    # Of two who decide at once, one finds the code still there.
    if not DeviceLogin.objects.filter(id=waiting.id, user_digest=waiting.user_digest).update(user_digest=None):
        raise Problem("expired_token", "Somebody has decided already.")
    waiting.user_digest = None
    return waiting


def collect(device_code: str) -> Token:
    """The token, once. Raises Problem `authorization_pending`, `slow_down`, `access_denied`, `expired_token`."""
    digests = keyed_hash.digests("device code", device_code.encode(errors="replace"))
    with transaction.atomic():
        asking = _young().select_for_update().filter(device_digest__in=digests).first()
        refusal = _refusal(asking) if asking else Problem("expired_token")
        token = asking.token if asking and refusal is None else None
        if asking and token:
            asking.delete()
    # After the commit: what the refusal counted must stay counted.
    if token is None:
        raise refusal or Problem("authorization_pending")
    return token


def _refusal(asking: DeviceLogin) -> Problem | None:
    """Why there is no token yet, if the machine has not been let in."""
    now, before, interval = timezone.now(), asking.polled_at, asking.interval
    hasty = before is not None and now < before + timedelta(seconds=interval)
    asking.interval = min(interval + SLOWER, LONGEST_INTERVAL) if hasty else interval
    DeviceLogin.objects.filter(id=asking.id).update(polled_at=now, interval=asking.interval)
    if hasty:
        return Problem("slow_down", f"Wait {asking.interval} s between two requests.")
    if asking.denied:
        return Problem("access_denied")
    return None


def forget_old() -> None:
    """Drops what ran out, and with it the tokens that nobody fetched."""
    old = DeviceLogin.objects.filter(created_at__lt=timezone.now() - LASTS)
    Token.objects.filter(device_login__in=old).delete()
    old.delete()


def _young() -> QuerySet[DeviceLogin]:
    return DeviceLogin.objects.filter(created_at__gt=timezone.now() - LASTS)
