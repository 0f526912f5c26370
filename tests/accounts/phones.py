"""An independent authenticator (RFC 6238, RFC 4226): the server's code must not be tested with itself."""

import base64
import hmac
import time

import httpx
from django.utils import timezone

from accounts.models import SecondFactor, User
from accounts.sign_in import two_factor
from tests.accounts.calls import press, sign_in
from tests.people import make_user

STEP = 30


class Phone:
    def __init__(self, secret: str) -> None:
        self.key = base64.b32decode(secret)
        self.used = 0

    def code(self, *, steps: int = 0) -> str:
        """Returns the code of the current time step, or of the step that lies `steps` after it."""
        return self._at(int(time.time()) // STEP + steps)

    def fresh(self) -> str:
        """Returns a code that was not used yet: first the current code, then the following ones."""
        self.used = max(self.used + 1, int(time.time()) // STEP)
        return self._at(self.used)

    def spent(self) -> str:
        """Returns the code that `fresh` returned last."""
        return self._at(self.used)

    def _at(self, step: int) -> str:
        mac = hmac.digest(self.key, step.to_bytes(8), "sha1")
        at = mac[-1] & 15
        return f"{(int.from_bytes(mac[at : at + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def give(user: User) -> Phone:
    """Turns two-factor sign-in on for this user. Returns the authenticator."""
    two_factor.set_up(user)
    factor = SecondFactor.objects.get(user=user)
    SecondFactor.objects.filter(id=factor.id).update(confirmed_at=timezone.now())
    return Phone(two_factor.get_secret(factor))


def sign_in_twice(http: httpx.Client, user: User, phone: Phone, then: str = "") -> httpx.Response:
    """Signs in with both steps: the password, then a code."""
    half_way = sign_in(http, user.email, then=then)
    assert half_way.headers["location"].startswith("/sign-in/code?next=")
    return press(http, half_way.headers["location"], otp=phone.fresh())


def sign_in_operator(http: httpx.Client) -> tuple[User, Phone]:
    operator = make_user(is_staff=True, is_superuser=True)
    phone = give(operator)
    assert sign_in_twice(http, operator, phone).status_code == 302
    return operator, phone
