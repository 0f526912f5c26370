"""What owners change about their account: name, password, address."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.credentials import browser_sessions, password_policy
from accounts.mailer import outbox, signed_links
from accounts.models import LOCAL_ADDRESS, Mail, User, canonical


def rename(user: User, display_name: str) -> None:
    user.display_name = display_name.strip() or None
    user.save(update_fields=["display_name"])


def change_password(user: User, password: str, *, here: str | None) -> None:
    """Ends every other session and the access tokens; `here` is the key of the session that stays. Mails the owner.

    Raises Problem `invalid_input` for a password that breaks a rule.
    """
    password_policy.check(password, for_=user)
    user.password = make_password(password)
    user.end_credentials()
    with transaction.atomic():
        user.save(update_fields=["password", "epoch", "live_link"])
        browser_sessions.end_all(user.id, but=here)
        outbox.add(user, Mail.PASSWORD_CHANGED)


def ask_for_address(user: User, email: str, *, network: bytes | None = None) -> None:
    """Mails a link to the new address; until it is used, nothing changes. The old address is told at once.

    Whether somebody else has that address is told to nobody but its owner.
    """
    email = canonical(email)
    with transaction.atomic():
        owner = User.objects.filter(email=email, email_verified_at__isnull=False, is_active=True).first()
        if owner:
            outbox.add(owner, Mail.ALREADY_REGISTERED, network=network)
        else:
            outbox.add(user, Mail.NEW_EMAIL, to=email, network=network)
        _tell(user, Mail.EMAIL_CHANGING, at=user.email)


def take_address(secret: str) -> None:
    """Moves an account to the address that this link was mailed to. Raises Problem `invalid_token`."""
    try:
        _take_address(secret)
    except IntegrityError:  # somebody proved it theirs in the same moment
        raise signed_links.wrong() from None


@transaction.atomic
def _take_address(secret: str) -> None:
    user = signed_links.claimants(secret, kind=Mail.NEW_EMAIL).select_for_update().first()
    new = signed_links.mailed_to(user) if user else ""
    if user is None or not new:
        raise signed_links.wrong()
    # Who signed up with the address and never proved it has no claim on it.
    User.objects.filter(email=new, email_verified_at=None, is_active=True).delete()
    old, user.email, user.live_link = user.email, new, None
    user.save(update_fields=["email", "live_link"])
    _tell(user, Mail.EMAIL_CHANGED, at=old)


def _tell(user: User, kind: Mail, *, at: str) -> None:
    if at != LOCAL_ADDRESS:
        outbox.add(user, kind, to=at)
