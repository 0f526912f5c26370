"""The mail backend of a server that has no mail server."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts.mailer import dev_mailbox

# Import path of the class below, as the settings name it.
LOCAL_BACKEND = "accounts.mailer.dev_backend.LocalBackend"


class LocalBackend(BaseEmailBackend):
    """Prints each mail and saves it for `/dev/mail`: a personal machine needs no mail server."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            # The person who started the server reads the terminal.
            print(f"\n--- Mail to {', '.join(message.to)}: {message.subject}\n\n{message.body}\n---", flush=True)  # noqa: T201
            dev_mailbox.save_mail(message.message().as_bytes())
        return len(email_messages)


def is_local() -> bool:
    """Whether mails stay on this machine, so that its browser may show their secrets."""
    return bool(settings.EMAIL_BACKEND == LOCAL_BACKEND)
