"""The second step of signing in: a code of an authenticator (TOTP, RFC 6238), or one from paper.

The secret that an authenticator shares with us is an HMAC of its row's id under `TOKEN_KEY`. It is stored nowhere,
so whoever copies the database can make no codes; nor can they try out the codes on paper, kept as keyed digests.
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
TOLERANCE_STEPS = 1  # steps of 30 s that two clocks may differ
RECOVERY_CODE_COUNT = 10
# 12 of these 32 are 60 bits; without I, L, O and U, as people misread them (Crockford's base 32).
RECOVERY_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("ILOU", "110V", " -")


def load_factor(user: User) -> SecondFactor | None:
    """The second factor that this user signs in with."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def load_unconfirmed_factor(user: User) -> SecondFactor | None:
    """The one that is set up but not confirmed yet."""
    return SecondFactor.objects.filter(user=user, confirmed_at=None).first()


def set_up(user: User) -> None:
    """Makes an authenticator with a new secret, in place of one that was never confirmed."""
    with transaction.atomic():
        SecondFactor.objects.filter(user=user, confirmed_at=None).delete()
        SecondFactor.objects.get_or_create(user=user)


def get_secret(factor: SecondFactor) -> str:
    """What an authenticator is given by hand: base 32."""
    return b32encode(_compute_secrets(factor)[0]).decode()


def build_key_uri(factor: SecondFactor) -> str:
    """What the QR code says (the Key URI format of Google Authenticator)."""
    label = quote(f"{ISSUER}:{factor.user.email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': get_secret(factor), 'issuer': ISSUER})}"


def _compute_secrets(factor: SecondFactor) -> list[bytes]:
    # 160 bits, the length that RFC 4226 recommends and every authenticator takes.
    return [digest[:20] for digest in keyed_hash.compute_digests("second factor", factor.id.bytes)]


def confirm(user: User, code: str, *, current_session_key: str | None) -> tuple[SecondFactor, list[str]]:
    """Turns it on, given a code of the new authenticator. Returns it and the codes to keep on paper.

    Signs the user out but for the session with the key `current_session_key`: who came with the password alone comes
    in two steps.

    Raises Problem `invalid_input`.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        if factor is None or not _verify_totp(factor, _normalize_code(code)):
            raise Problem("invalid_input", "This is not the code that the authenticator shows now.")
        SecondFactor.objects.filter(id=factor.id).update(confirmed_at=timezone.now())
        browser_sessions.sign_out(user.id, except_session_key=current_session_key)
        outbox.add(user, MailKind.TWO_FACTOR_ON)
        return factor, _create_recovery_codes(factor)


def verify_code(factor: SecondFactor, code: str) -> bool:
    """Whether this is a good code, which it is once."""
    normalized = _normalize_code(code)
    return _verify_totp(factor, normalized) or _use_recovery_code(factor, normalized)


def _normalize_code(code: str) -> str:
    return code.upper().translate(_LOOKALIKES) if code.isascii() else ""


def _verify_totp(factor: SecondFactor, code: str) -> bool:
    if len(code) != 6 or not code.isdigit():
        return False
    steps = (_matching_step(TOTP(secret), int(code)) for secret in _compute_secrets(factor))
    step = next((step for step in steps if step), 0)
    # One statement: of two who send one code at once, one finds it new.
    return bool(SecondFactor.objects.filter(id=factor.id, last_step__lt=step).update(last_step=step))


def _matching_step(totp: TOTP, code: int) -> int:
    return int(totp.t()) if totp.verify(code, tolerance=TOLERANCE_STEPS) else 0


def _use_recovery_code(factor: SecondFactor, code: str) -> bool:
    digests = keyed_hash.compute_digests("recovery code", code.encode())
    return RecoveryCode.objects.filter(factor=factor, digest__in=digests).delete()[0] > 0


def replace_recovery_codes(factor: SecondFactor) -> list[str]:
    """Ten codes for paper, in place of what is left of the earlier ones. Shown now and never again."""
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
