"""Registers accounts, verifies addresses and resets passwords, by one function each for the API and the pages.

No function reveals whether an address has an account: for every address the response, the number of password hashes and
the rows written are the same, and another process or thread sends the mail.
"""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.credentials import browser_sessions, password_policy
from accounts.mailer import outbox, signed_links
from accounts.models import MailKind, User, canonicalize_email


def register(email: str, *, password: str, display_name: str | None = None, network_digest: bytes | None = None) -> str:
    """Claims an address. A second claim of an unverified address replaces the first and ends its link.

    Returns the proof of the claim, for `has_claimed`: every address gets one, but only that of the claim in force
    matches.

    The claim is replaced only with a mail: where no mail may be sent (`accounts.mailer.mail_limits`), the earlier claim
    and its link stay. Raises Problem `invalid_input` for a password that breaks a rule.
    """
    password_policy.check_password(password, user=User(email=canonicalize_email(email), display_name=display_name))
    # Before the transaction, because hashing is slow and must not hold a lock. Every address costs one hash.
    claim = {"password": make_password(password), "display_name": display_name}
    with transaction.atomic():
        # Of two simultaneous calls, one creates the row. The other finds the address taken and waits for that row.
        user, is_new = User.objects.select_for_update().get_or_create(email=email, defaults=claim)
        kind = MailKind.ALREADY_REGISTERED if user.email_verified else MailKind.VERIFY
        is_replacement = not is_new and not user.email_verified and user.is_active
        # The link of the last mail must only verify the password that was sent with it.
        if outbox.accepts(user, kind, network_digest=network_digest) and is_replacement:
            _replace_claim(user, claim)
        _queue_mail(user, kind, network_digest)
    return _digest_claim(claim["password"] or "")


def has_claimed(user: User, proof: str) -> bool:
    """Whether this proof is of the claim in force, so that its holder gave the account its password."""
    return constant_time_compare(_digest_claim(user.password), proof)


def _digest_claim(encoded_password: str) -> str:
    return salted_hmac("memfog.claim", encoded_password, algorithm="sha256").hexdigest()


def _replace_claim(user: User, claim: dict[str, str | None]) -> None:
    user.password, user.display_name = claim["password"] or "", claim["display_name"]
    user.invalidate_credentials()
    user.save(update_fields=["password", "display_name", "credential_epoch", "active_link_id"])


def verify_email(secret: str) -> None:
    """Verifies the address by the link that was mailed to it. Raises Problem `invalid_token`."""
    # One statement: if two clicks arrive at once, only one update finds the link.
    if not signed_links.filter_users(secret, kind=MailKind.VERIFY).update(
        email_verified_at=timezone.now(), active_link_id=None
    ):
        raise signed_links.invalid_link_problem()


def request_link(email: str, *, network_digest: bytes | None = None) -> None:
    """Mails a password reset link, or another verification link if the address is not verified yet."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email).first()
        _queue_mail(user, MailKind.RESET if user and user.email_verified else MailKind.VERIFY, network_digest)


def reset_password(secret: str, *, password: str) -> None:
    """Sets a new password and ends every session and access token of the user. API tokens stay valid.

    Raises Problem `invalid_token`, or `invalid_input` for a password that breaks a rule: then the link stays valid.
    """
    password_policy.check_password(password, user=signed_links.load_link_user(secret, kind=MailKind.RESET))
    encoded = make_password(password)
    with transaction.atomic():
        user = signed_links.filter_users(secret, kind=MailKind.RESET).select_for_update().first()
        if user is None:
            raise signed_links.invalid_link_problem()
        user.password = encoded
        user.invalidate_credentials()
        user.save(update_fields=["password", "credential_epoch", "active_link_id"])
        browser_sessions.end_all_sessions(user.id)
        _queue_mail(user, MailKind.PASSWORD_CHANGED)


def _queue_mail(user: User | None, kind: MailKind, network_digest: bytes | None = None) -> None:
    """Queues a mail. A disabled account gets none, like an address without an account."""
    if user is not None and user.is_active:
        outbox.add(user, kind, network_digest=network_digest)
    else:
        outbox.add_decoy()
