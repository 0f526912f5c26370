"""How an account comes to be and how its owner gets back in. One verb for each, for the API and the pages.

None of them tells whether an address has an account: for every address the answer, the number of password hashes
and the rows written are the same, and the mail goes out elsewhere.
"""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.credentials import browser_sessions, password_policy
from accounts.mailer import outbox, signed_links
from accounts.models import Mail, User, canonical


def register(email: str, *, password: str, display_name: str | None = None, network: bytes | None = None) -> None:
    """Claims an address. Who registers a pending address again replaces the earlier claim and ends its link.

    Only with a mail: where none may go out (`accounts.mailer.mail_limits`), the earlier claim and its link stay.
    Raises Problem `invalid_input` for a password that breaks a rule.
    """
    password_policy.check(password, for_=User(email=canonical(email), display_name=display_name))
    # Before the transaction: hashing takes its time and must not hold a lock. One hash, whoever has the address.
    claim = {"password": make_password(password), "display_name": display_name}
    with transaction.atomic():
        # Of two at once one creates; the other meets the unique address and waits for the first one's row.
        user, made = User.objects.select_for_update().get_or_create(email=email, defaults=claim)
        kind = Mail.ALREADY_REGISTERED if user.email_verified else Mail.VERIFY
        replaces = not made and not user.email_verified and user.is_active
        # The password in force is the one of the last mail: its link must not prove another.
        if outbox.takes(user, kind, network=network) and replaces:
            _replace(user, claim)
        _owe(user, kind, network)


def _replace(user: User, claim: dict[str, str | None]) -> None:
    user.password, user.display_name = claim["password"] or "", claim["display_name"]
    user.end_credentials()
    user.save(update_fields=["password", "display_name", "epoch", "live_link"])


def verify(secret: str) -> None:
    """Proves the address with the link that was mailed to it. Raises Problem `invalid_token`."""
    # One statement: of two clicks at once, one finds the link still alive.
    if not signed_links.claimants(secret, kind=Mail.VERIFY).update(email_verified_at=timezone.now(), live_link=None):
        raise signed_links.wrong()


def forgot(email: str, *, network: bytes | None = None) -> None:
    """Mails a link: to a new password, or once more to the proof of an address that is still pending."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email).first()
        _owe(user, Mail.RESET if user and user.email_verified else Mail.VERIFY, network)


def reset(secret: str, *, password: str) -> None:
    """Sets a new password; every session and access token of the user ends, API tokens stay.

    Raises Problem `invalid_token`, or `invalid_input` for a password that breaks a rule, which spends nothing.
    """
    password_policy.check(password, for_=signed_links.holder(secret, kind=Mail.RESET))
    encoded = make_password(password)
    with transaction.atomic():
        user = signed_links.claimants(secret, kind=Mail.RESET).select_for_update().first()
        if user is None:
            raise signed_links.wrong()
        user.password = encoded
        user.end_credentials()
        user.save(update_fields=["password", "epoch", "live_link"])
        browser_sessions.end_all(user.id)
        _owe(user, Mail.PASSWORD_CHANGED)


def _owe(user: User | None, kind: Mail, network: bytes | None = None) -> None:
    """A disabled account is told nothing, like one that does not exist."""
    if user is not None and user.is_active:
        outbox.add(user, kind, network=network)
    else:
        outbox.add_nothing()
