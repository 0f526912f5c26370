"""Mail templates: renders and sends a queued mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.mailer import signed_links
from accounts.models import MailKind, OutgoingMail, User


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A kind of mail. Its button opens `route_name`; its texts are `templates/mail/{text,html}/<kind>`."""

    subject: str
    route_name: str


MAIL_TEMPLATES = {
    MailKind.VERIFY: MailTemplate("Verify your address for Memfog", "verify-email"),
    MailKind.ALREADY_REGISTERED: MailTemplate("You already have a Memfog account", "sign-in"),
    MailKind.RESET: MailTemplate("Reset your Memfog password", "reset-password"),
    MailKind.PASSWORD_CHANGED: MailTemplate("Your Memfog password was changed", "forgot-password"),
    MailKind.NEW_SIGN_IN: MailTemplate("A new browser signed in to Memfog", "settings"),
    MailKind.NEW_EMAIL: MailTemplate("Confirm your new address for Memfog", "confirm-email"),
    MailKind.EMAIL_CHANGING: MailTemplate("Your Memfog email address is about to change", "forgot-password"),
    MailKind.EMAIL_CHANGED: MailTemplate("Your Memfog email address was changed", "home"),
    MailKind.TWO_FACTOR_ON: MailTemplate("Two-factor sign-in is on for Memfog", "two-factor"),
    MailKind.TWO_FACTOR_OFF: MailTemplate("Two-factor sign-in is off for Memfog", "two-factor"),
    MailKind.CONNECT: MailTemplate("Connect a machine to Memfog", "device"),
    MailKind.NOTICE: MailTemplate("A session is waiting for you", "notifications"),
    MailKind.NOTICE_DIGEST: MailTemplate("Sessions that waited for you in the last day", "notifications"),
}


def send_mail(mail: OutgoingMail) -> None:
    """Renders and sends a mail. Raises the errors of the mail backend."""
    context = load_context(mail)
    if mail.user is not None and context is not None:
        render_mail(mail, mail.user, context).send()


def load_context(mail: OutgoingMail) -> dict[str, Any] | None:
    """Loads the values of a mail beyond its template, from the app that has them; None if the mail would be empty."""
    path = settings.MAIL_CONTEXTS.get(mail.kind)
    context: dict[str, Any] | None = import_string(path)(mail) if path else {}
    return context


def render_mail(mail: OutgoingMail, user: User, more: Mapping[str, Any]) -> EmailMultiAlternatives:
    kind = MailKind(mail.kind)
    template = MAIL_TEMPLATES[kind]
    context = {
        "subject": template.subject,
        "user": user,
        "link": _build_link(mail, template.route_name),
        "site": settings.PUBLIC_URL,
        "machines": f"{settings.PUBLIC_URL}/machines",
        "at": mail.created_at,
        "support": settings.SUPPORT_EMAIL,
        **more,
    }
    text = render_to_string(f"mail/text/{kind}.txt", context)
    message = EmailMultiAlternatives(context["subject"], text, to=[mail.to or user.email], headers=_build_headers(mail))
    message.attach_alternative(render_to_string(f"mail/html/{kind}.html", context), "text/html")
    return message


def _build_link(mail: OutgoingMail, route_name: str) -> str:
    # Never from the Host header, which the sender of a request can choose.
    url = settings.PUBLIC_URL + reverse(route_name)
    return (
        f"{url}?{urlencode({'token': signed_links.create_secret(mail)})}"
        if mail.kind in signed_links.LINK_LIFETIMES
        else url
    )


def _build_headers(mail: OutgoingMail) -> dict[str, str]:
    # One Message-ID for all attempts lets a receiver drop a second copy. Auto-Submitted prevents vacation replies.
    host = urlsplit(settings.PUBLIC_URL).hostname
    return {"Message-ID": f"<{mail.id}@{host}>", "Auto-Submitted": "auto-generated"}
