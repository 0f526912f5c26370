"""Who sends the mail: Celery where there is a broker, else one thread of this process.

Never the request itself: a slow mail server must neither slow an answer nor tell, by the time the answer takes,
whether an address is known.
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
    """Under the name by which mails wait in the broker while a server is upgraded."""
    mail_delivery.deliver(UUID(mail_id))


def schedule_delivery(mail_id: UUID) -> None:
    """Has this mail sent soon, elsewhere. Waking one mail twice sends it once."""
    if not settings.REDIS_URL:
        _worker.enqueue(mail_id)
        return
    try:
        # The sweep is the retry; the caller is waiting.
        deliver.apply_async((str(mail_id),), retry=False)
    except BrokerDown:
        log.warning("The broker does not answer; mail %s waits for the sweep", mail_id)


class MailWorker:
    """One thread that sends one mail after the other. It starts with the first mail and ends with the process."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[UUID] = SimpleQueue()
        self._thread: Thread | None = None
        self._start_lock = Lock()

    def enqueue(self, mail_id: UUID) -> None:
        self._queue.put(mail_id)
        with self._start_lock:
            # Not alive after a fork: the child needs its own.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="mail-worker", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            mail_id = self._queue.get()
            try:
                mail_delivery.deliver(mail_id)
            except Exception:
                # One bad mail, or a database that is away, must not end the round; the row is still there.
                log.exception("Mail %s is left to the sweep", mail_id)
            finally:
                connections.close_all()


_worker = MailWorker()
