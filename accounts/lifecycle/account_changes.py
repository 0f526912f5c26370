"""Changes that owners make to their account: name, password, address."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.credentials import browser_sessions, password_policy
from accounts.mailer import outbox, signed_links
from accounts.models import LOCAL_EMAIL, MailKind, User, canonicalize_email


def change_display_name(user: User, display_name: str) -> None:
    user.display_name = display_name.strip() or None
    user.save(update_fields=["display_name"])


def change_password(user: User, password: str, *, current_session_key: str | None) -> None:
    """Changes the password, ends the access tokens and every other session, and mails the owner.

    `current_session_key` is the key of the session that stays. Raises Problem `invalid_input` for a password that
    breaks a rule.
    """
    password_policy.check_password(password, user=user)
    user.password = make_password(password)
    user.invalidate_credentials()
    with transaction.atomic():
        user.save(update_fields=["password", "credential_epoch", "active_link_id"])
        browser_sessions.end_all_sessions(user.id, except_session_key=current_session_key)
        outbox.add(user, MailKind.PASSWORD_CHANGED)


def request_email_change(user: User, email: str, *, network_digest: bytes | None = None) -> None:
    """Mails a link to the new address, and at once a notice to the old one. Using the link changes the address.

    If another account has the new address, only the owner of that account learns it.
    """
    email = canonicalize_email(email)
    with transaction.atomic():
        owner = User.objects.filter(email=email, email_verified_at__isnull=False, is_active=True).first()
        if owner:
            outbox.add(owner, MailKind.ALREADY_REGISTERED, network_digest=network_digest)
        else:
            outbox.add(user, MailKind.NEW_EMAIL, to=email, network_digest=network_digest)
        _notify(user, MailKind.EMAIL_CHANGING, email=user.email)


def confirm_email_change(secret: str) -> None:
    """Changes the account's address to the recipient of this link. Raises Problem `invalid_token`."""
    try:
        _confirm_email_change(secret)
    except IntegrityError:  # another account verified the address at the same time
        raise signed_links.invalid_link_problem() from None


@transaction.atomic
def _confirm_email_change(secret: str) -> None:
    user = signed_links.filter_users(secret, kind=MailKind.NEW_EMAIL).select_for_update().first()
    new_email = signed_links.get_mail_recipient(user) if user else ""
    if user is None or not new_email:
        raise signed_links.invalid_link_problem()
    # An account that never verified the address has no claim on it.
    User.objects.filter(email=new_email, email_verified_at=None, is_active=True).delete()
    old_email, user.email, user.active_link_id = user.email, new_email, None
    user.save(update_fields=["email", "active_link_id"])
    _notify(user, MailKind.EMAIL_CHANGED, email=old_email)


def _notify(user: User, kind: MailKind, *, email: str) -> None:
    if email != LOCAL_EMAIL:
        outbox.add(user, kind, to=email)
