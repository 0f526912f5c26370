"""Mails the operators."""

import logging
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.core.mail import mail_admins

logger = logging.getLogger(__name__)


def notify_operators(subject: str, text: str) -> None:
    """Logs the message and mails it to the operators. The log helps when mail fails."""
    logger.warning("%s: %s", subject, text)
    try:
        mail_admins(subject, text)
    except (SMTPException, OSError, AnymailError) as error:
        logger.warning("Operators could not be mailed: %s", type(error).__name__)
