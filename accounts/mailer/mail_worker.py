"""Sends mail outside the request: by Celery where there is a broker, else by one thread of this process.

A slow mail server must not slow a response, and the response time must not reveal whether an address is known.
"""

import logging
from queue import SimpleQueue
from threading import Lock, Thread
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db import connections
from kombu.exceptions import OperationalError as BrokerDown

from accounts.mailer import mail_delivery

log = logging.getLogger(__name__)


@shared_task(name="accounts.tasks.deliver")
def deliver(mail_id: str) -> None:
    """Celery task of `mail_delivery.deliver`. Mails wait in the broker under this task name during an upgrade."""
    mail_delivery.deliver(UUID(mail_id))


def schedule_delivery(mail_id: UUID) -> None:
    """Schedules this mail to be sent soon, outside the caller. A mail that is scheduled twice is sent once."""
    if not settings.REDIS_URL:
        _worker.enqueue(mail_id)
        return
    try:
        # No retry, because the caller waits; the scheduled task retries.
        deliver.apply_async((str(mail_id),), retry=False)
    except BrokerDown:
        log.warning("The broker does not respond; the next scheduled task will send mail %s", mail_id)


class MailWorker:
    """A thread that sends one mail after another. It starts with the first mail and ends with the process."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[UUID] = SimpleQueue()
        self._thread: Thread | None = None
        self._start_lock = Lock()

    def enqueue(self, mail_id: UUID) -> None:
        self._queue.put(mail_id)
        with self._start_lock:
            # A fork does not copy the thread: the child needs its own.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="mail-worker", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            mail_id = self._queue.get()
            try:
                mail_delivery.deliver(mail_id)
            except Exception:
                # One bad mail or an unavailable database must not end the loop; the row still exists.
                log.exception("Mail %s failed; the scheduled task will retry it", mail_id)
            finally:
                connections.close_all()


_worker = MailWorker()
