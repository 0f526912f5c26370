"""Mails the log line of each error to the operators, once per interval for each kind of failure.

Django's own report includes the request, its body and the local variables of every frame, and so users' prompts. A
separate thread sends the mail, since a request must not wait for a mail server.
"""

import logging
from queue import Full, Queue
from threading import Lock, Thread

from django.conf import settings
from django.core.mail import mail_admins

from memfog.monitoring.repeats import RepeatGuard

REPEAT_INTERVAL_S = 600.0  # seconds; a database that is down is one report, not one per request
MAX_QUEUED_REPORTS = 100  # reports that may wait to be sent; further reports appear in the log only

logger = logging.getLogger(__name__)


class OperatorMailHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._reports: Queue[tuple[str, str]] = Queue(MAX_QUEUED_REPORTS)
        self._guard = RepeatGuard(REPEAT_INTERVAL_S)
        self._thread: Thread | None = None
        self._start_lock = Lock()

    def emit(self, record: logging.LogRecord) -> None:
        if not settings.ADMINS or record.name == __name__ or not self._guard.is_due(record):
            return
        try:
            self._reports.put_nowait((f"{record.levelname} in {record.name}", self.format(record)))
        except Full:
            return
        self._ensure_thread()

    def _ensure_thread(self) -> None:
        with self._start_lock:
            # The thread does not survive a fork: the child needs a new one.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._send_reports, name="reports", daemon=True)
                self._thread.start()

    def _send_reports(self) -> None:
        while True:
            subject, text = self._reports.get()
            try:
                mail_admins(subject, text)
            except Exception as error:  # a mail server that is down must not end this thread
                logger.warning("Error report could not be mailed: %s", type(error).__name__)
