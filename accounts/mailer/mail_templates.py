"""What each mail says, and the backend of a server that has no mail server."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.mailer import dev_mailbox, signed_links
from accounts.models import Mail, OutgoingMail, User


@dataclass(frozen=True, slots=True)
class Letter:
    """A kind of mail. `page` is the route its button opens; its text is `templates/mail/<kind>.{txt,html}`."""

    subject: str
    page: str


LETTERS = {
    Mail.VERIFY: Letter("Verify your address for Memfog", "verify-email"),
    Mail.ALREADY_REGISTERED: Letter("You already have a Memfog account", "sign-in"),
    Mail.RESET: Letter("Choose a new password for Memfog", "reset-password"),
    Mail.PASSWORD_CHANGED: Letter("Your Memfog password was changed", "forgot-password"),
    Mail.NEW_SIGN_IN: Letter("A new browser signed in to Memfog", "settings"),
    Mail.NEW_EMAIL: Letter("Confirm your new address for Memfog", "confirm-email"),
    Mail.EMAIL_CHANGING: Letter("Your Memfog account is to move to another address", "forgot-password"),
    Mail.EMAIL_CHANGED: Letter("Your Memfog account has moved to another address", "home"),
    Mail.TWO_FACTOR_ON: Letter("Two-factor sign-in is on for Memfog", "two-factor"),
    Mail.TWO_FACTOR_OFF: Letter("Two-factor sign-in is off for Memfog", "two-factor"),
}


def send(owed: OutgoingMail) -> None:
    """Renders and sends. Raises what the mail backend raises."""
    if owed.user is not None:
        render(owed, owed.user).send()


def render(owed: OutgoingMail, user: User) -> EmailMultiAlternatives:
    kind = Mail(owed.kind)
    letter = LETTERS[kind]
    context = {
        "subject": letter.subject,
        "user": user,
        "link": _link(owed, letter.page),
        "site": settings.PUBLIC_URL,
        "machines": f"{settings.PUBLIC_URL}/machines",
        "at": owed.created_at,
        "support": settings.SUPPORT_EMAIL,
    }
    text = render_to_string(f"mail/{kind}.txt", context)
    message = EmailMultiAlternatives(letter.subject, text, to=[owed.to or user.email], headers=_headers(owed))
    message.attach_alternative(render_to_string(f"mail/{kind}.html", context), "text/html")
    return message


def _link(owed: OutgoingMail, page: str) -> str:
    # Never from a request's Host header: whoever sends the request chooses that.
    address = settings.PUBLIC_URL + reverse(page)
    return f"{address}?{urlencode({'token': signed_links.write(owed)})}" if owed.kind in signed_links.LASTS else address


def _headers(owed: OutgoingMail) -> dict[str, str]:
    # One name for all tries, so that a receiver can drop the second copy; no vacation notes in return.
    host = urlsplit(settings.PUBLIC_URL).hostname
    return {"Message-ID": f"<{owed.id}@{host}>", "Auto-Submitted": "auto-generated"}


# As the settings name it.
LOCAL = "accounts.mailer.mail_templates.LocalBackend"


class LocalBackend(BaseEmailBackend):
    """Prints each mail and keeps it for `/dev/mail`: one person's machine needs no mail server."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            # Where the person who started the server looks.
            print(f"\n--- Mail to {', '.join(message.to)}: {message.subject}\n\n{message.body}\n---", flush=True)  # noqa: T201
            dev_mailbox.keep(message.message().as_bytes())
        return len(email_messages)


def is_local() -> bool:
    """Whether mails stay on this machine, so that their secrets may be shown in its browser."""
    return bool(settings.EMAIL_BACKEND == LOCAL)
