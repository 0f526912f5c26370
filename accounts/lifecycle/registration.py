"""How an account comes to be and how its owner gets back in. One verb for each, for the API and the pages.

None of them tells whether an address has an account: for every address the answer, the number of password hashes
and the rows written are the same, and the mail goes out elsewhere.
"""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.credentials import browser_sessions, password_policy
from accounts.mailer import outbox, signed_links
from accounts.models import MailKind, User, canonicalize_email


def register(
    email: str, *, password: str, display_name: str | None = None, network_digest: bytes | None = None
) -> None:
    """Claims an address. Who registers a pending address again replaces the earlier claim and ends its link.

    Only with a mail: where none may go out (`accounts.mailer.mail_limits`), the earlier claim and its link stay.
    Raises Problem `invalid_input` for a password that breaks a rule.
    """
    password_policy.check_password(password, user=User(email=canonicalize_email(email), display_name=display_name))
    # Before the transaction: hashing takes its time and must not hold a lock. One hash, whoever has the address.
    claim = {"password": make_password(password), "display_name": display_name}
    with transaction.atomic():
        # Of two at once one creates; the other meets the unique address and waits for the first one's row.
        user, is_new = User.objects.select_for_update().get_or_create(email=email, defaults=claim)
        kind = MailKind.ALREADY_REGISTERED if user.email_verified else MailKind.VERIFY
        is_replacement = not is_new and not user.email_verified and user.is_active
        # The password in force is the one of the last mail: its link must not prove another.
        if outbox.accepts(user, kind, network_digest=network_digest) and is_replacement:
            _replace_claim(user, claim)
        _queue_mail(user, kind, network_digest)


def _replace_claim(user: User, claim: dict[str, str | None]) -> None:
    user.password, user.display_name = claim["password"] or "", claim["display_name"]
    user.invalidate_credentials()
    user.save(update_fields=["password", "display_name", "credential_epoch", "active_link_id"])


def verify_email(secret: str) -> None:
    """Proves the address with the link that was mailed to it. Raises Problem `invalid_token`."""
    # One statement: of two clicks at once, one finds the link still alive.
    if not signed_links.filter_users(secret, kind=MailKind.VERIFY).update(
        email_verified_at=timezone.now(), active_link_id=None
    ):
        raise signed_links.invalid_link_problem()


def request_link(email: str, *, network_digest: bytes | None = None) -> None:
    """Mails a link: to a new password, or once more to the proof of an address that is still pending."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email).first()
        _queue_mail(user, MailKind.RESET if user and user.email_verified else MailKind.VERIFY, network_digest)


def reset_password(secret: str, *, password: str) -> None:
    """Sets a new password; every session and access token of the user ends, API tokens stay.

    Raises Problem `invalid_token`, or `invalid_input` for a password that breaks a rule, which spends nothing.
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
    """A disabled account is told nothing, like one that does not exist."""
    if user is not None and user.is_active:
        outbox.add(user, kind, network_digest=network_digest)
    else:
        outbox.add_decoy()
