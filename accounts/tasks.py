"""Scheduled tasks of accounts, run by Celery or by the scheduler of a server without a broker."""

from celery import shared_task

from accounts.credentials import browser_sessions, token_revocation
from accounts.device_login import device_grant
from accounts.machines import machine_reports
from accounts.mailer import mail_delivery, mail_worker
from accounts.mailer.mail_worker import deliver as deliver  # Celery looks for tasks here
from accounts.models import OutgoingMail

SWEEP_BATCH_SIZE = 500


@shared_task
def deliver_due_mail() -> None:
    """Schedules due mails: retries, and mails that a killed process left. Once a minute; also a plain function."""
    for mail_id in OutgoingMail.objects.due().values_list("id", flat=True)[:SWEEP_BATCH_SIZE]:
        mail_worker.schedule_delivery(mail_id)
    mail_delivery.delete_old_mails()


@shared_task
def delete_expired_credentials() -> None:
    """Deletes expired sessions and device logins, revoked tokens, and old reports of machines. Once an hour."""
    browser_sessions.SessionStore.clear_expired()
    device_grant.delete_expired_logins()
    token_revocation.delete_expired()
    machine_reports.delete_old_reports()
