"""What Celery, or the clock of a server without a broker, runs for accounts."""

from celery import shared_task

from accounts.credentials import browser_sessions
from accounts.device_login import device_grant
from accounts.mailer import mail_delivery, mail_worker
from accounts.mailer.mail_worker import deliver as deliver  # Celery looks for tasks here
from accounts.models import OutgoingMail

SWEPT_AT_ONCE = 500


@shared_task
def sweep() -> None:
    """Wakes whatever is due: a retry, or what a killed process left. Once a minute; also a plain function."""
    for mail_id in OutgoingMail.objects.due().values_list("id", flat=True)[:SWEPT_AT_ONCE]:
        mail_worker.wake(mail_id)
    mail_delivery.forget_old()


@shared_task
def tidy() -> None:
    """Drops sessions and device logins that have run out. Once an hour."""
    browser_sessions.SessionStore.clear_expired()
    device_grant.forget_old()
