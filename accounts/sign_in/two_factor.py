"""The second step of sign-in: a code of an authenticator (TOTP, RFC 6238) or a recovery code.

The secret of an authenticator is an HMAC of its row's id under `TOKEN_KEY`. It is not stored, so a copy of the database
gives no codes. Recovery codes are keyed digests, so a copy does not allow guessing them either.
"""

from base64 import b32encode
from secrets import choice
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.api_base.problem import Problem
from accounts.credentials import browser_sessions
from accounts.crypto import keyed_hash
from accounts.mailer import outbox
from accounts.models import MailKind, RecoveryCode, SecondFactor, User

ISSUER = "Memfog"
TOLERANCE_STEPS = 1  # steps of 30 s by which two clocks may differ
RECOVERY_CODE_COUNT = 10
# 12 of these 32 characters are 60 bits. I, L, O and U are missing, because people misread them (Crockford's base 32).
RECOVERY_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("ILOU", "110V", " -")


def load_factor(user: User) -> SecondFactor | None:
    """Loads the confirmed second factor of this user."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def load_unconfirmed_factor(user: User) -> SecondFactor | None:
    """Loads the second factor that is set up but not confirmed yet."""
    return SecondFactor.objects.filter(user=user, confirmed_at=None).first()


def set_up(user: User) -> None:
    """Creates an authenticator with a new secret; an unconfirmed authenticator is replaced."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=user, confirmed_at=None).delete()
        SecondFactor.objects.get_or_create(user=user)


def get_secret(factor: SecondFactor) -> str:
    """Returns the secret to type into an authenticator, in base 32."""
    return b32encode(_compute_secrets(factor)[0]).decode()


def build_key_uri(factor: SecondFactor) -> str:
    """Returns the content of the QR code (the Key URI format of Google Authenticator)."""
    label = quote(f"{ISSUER}:{factor.user.email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': get_secret(factor), 'issuer': ISSUER})}"


def _compute_secrets(factor: SecondFactor) -> list[bytes]:
    # 160 bits, the length that RFC 4226 recommends and every authenticator accepts.
    return [digest[:20] for digest in keyed_hash.compute_digests("second factor", factor.id.bytes)]


def confirm(user: User, code: str, *, current_session_key: str | None) -> tuple[SecondFactor, list[str]]:
    """Turns two-factor on, given a code of the new authenticator. Returns the factor and the recovery codes.

    Ends the access tokens, and every session except the session with the key `current_session_key`: they needed only
    the password. Raises Problem `invalid_input`.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        if factor is None or not _verify_totp(factor, _normalize_code(code)):
            raise Problem("invalid_input", "This code does not match your authenticator. Enter the current code.")
        SecondFactor.objects.filter(id=factor.id).update(confirmed_at=timezone.now())
        browser_sessions.sign_out(user.id, except_session_key=current_session_key)
        outbox.add(user, MailKind.TWO_FACTOR_ON)
        return factor, _create_recovery_codes(factor)


def verify_code(factor: SecondFactor, code: str) -> bool:
    """Whether this code is valid. Each code is valid once."""
    normalized = _normalize_code(code)
    return _verify_totp(factor, normalized) or _use_recovery_code(factor, normalized)


def _normalize_code(code: str) -> str:
    return code.upper().translate(_LOOKALIKES) if code.isascii() else ""


def _verify_totp(factor: SecondFactor, code: str) -> bool:
    if len(code) != 6 or not code.isdigit():
        return False
    steps = (_matching_step(TOTP(secret), int(code)) for secret in _compute_secrets(factor))
    step = next((step for step in steps if step), 0)
    # One statement: if a code arrives twice at once, only one update matches.
    return bool(SecondFactor.objects.filter(id=factor.id, last_step__lt=step).update(last_step=step))


def _matching_step(totp: TOTP, code: int) -> int:
    return int(totp.t()) if totp.verify(code, tolerance=TOLERANCE_STEPS) else 0


def _use_recovery_code(factor: SecondFactor, code: str) -> bool:
    digests = keyed_hash.compute_digests("recovery code", code.encode())
    return RecoveryCode.objects.filter(factor=factor, digest__in=digests).delete()[0] > 0


def replace_recovery_codes(factor: SecondFactor) -> list[str]:
    """Creates ten recovery codes and deletes the earlier ones. The codes are shown only once."""
    with transaction.atomic():
        factor.recovery_codes.all().delete()
        return _create_recovery_codes(factor)


def _create_recovery_codes(factor: SecondFactor) -> list[str]:
    codes = ["".join(choice(RECOVERY_CODE_ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODE_COUNT)]
    rows = [
        RecoveryCode(factor=factor, digest=keyed_hash.compute_digests("recovery code", code.encode())[0])
        for code in codes
    ]
    RecoveryCode.objects.bulk_create(rows)
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def switch_off(user: User) -> None:
    with transaction.atomic():
        if SecondFactor.objects.filter(user=user).delete()[0]:
            outbox.add(user, MailKind.TWO_FACTOR_OFF)
