"""Reports errors to a service that speaks Sentry's protocol, if SENTRY_DSN names one.

A report is built only from values that may leave the server, instead of removing secrets from a larger report: the
template of the log line without what was put into it, types of exceptions, and files, lines and functions. No text of
an exception, local variable, source line, request, header, query, address or host name.
"""

import logging
import traceback
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings

from memfog.monitoring.log_format import list_causes, request_id
from memfog.monitoring.repeats import RepeatGuard

REPEAT_INTERVAL_S = 60.0  # seconds; the service itself counts repeated errors
# Loggers whose messages are templates of our own. Others may have put values into theirs.
OWN_LOGGERS = ("memfog", "accounts", "events", "memory", "sync", "backups", "dashboard")
# Members of an event of the protocol. The SDK adds others, which are not sent.
SENT_MEMBERS = frozenset(
    {"event_id", "timestamp", "level", "logger", "logentry", "tags", "exception", "platform", "release", "environment"}
)

Report = dict[str, Any]


class ErrorReportHandler(logging.Handler):
    """Sends each kind of error at most once a minute, from a thread of the SDK."""

    def __init__(self) -> None:
        super().__init__()
        self._guard = RepeatGuard(REPEAT_INTERVAL_S)

    def emit(self, record: logging.LogRecord) -> None:
        # A failure to report must not be reported.
        if not record.name.startswith(("sentry_sdk", "urllib3")) and self._guard.is_due(record):
            _client().capture_event(build_report(record))


def build_report(record: logging.LogRecord) -> Report:
    """Builds the report of a log record."""
    is_own = record.name.partition(".")[0] in OWN_LOGGERS
    report: Report = {
        "level": record.levelname.lower(),
        "logger": record.name,
        "logentry": {"message": str(record.msg) if is_own else f"Error in {record.name}"},
        "tags": {"request_id": request_id.get()} if request_id.get() else {},
    }
    if record.exc_info and record.exc_info[1]:
        report["exception"] = {"values": [_describe(error) for error in list_causes(record.exc_info[1])]}
    return report


def keep_known_members(report: Report, hint: object = None) -> Report:
    """Drops what the SDK added to a report. The SDK calls it last."""
    return {name: value for name, value in report.items() if name in SENT_MEMBERS}


def _describe(error: BaseException) -> Report:
    frames = [
        {"filename": _shorten(frame.filename), "lineno": frame.lineno, "function": frame.name}
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    described: Report = {"type": type(error).__qualname__, "module": type(error).__module__, "value": ""}
    return described | ({"stacktrace": {"frames": frames}} if frames else {})


def _shorten(filename: str) -> str:
    """Returns the path in the repository or below the installed packages, without the machine's folders."""
    path = Path(filename)
    if path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts:
        return str(path.relative_to(settings.BASE_DIR))
    return "/".join(path.parts[-3:])


@cache
def _client() -> Any:
    # Loaded here: only a server with such a service pays for it.
    return import_module("memfog.monitoring.report_client").make_client(keep_known_members)
