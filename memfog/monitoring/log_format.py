"""Formats the log without captured content: plain lines on a local server, JSON lines on a public server.

Memfog's own lines name ids and routes, never a path, a query or a body. Exceptions appear with type, file and line,
which suffice for a search. Databases and parsers quote values in the text of an exception, so the text appears only
with DEBUG=1, which is for local servers.
"""

import asyncio
import atexit
import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.conf import settings

from events import deadline

# The id that the front door gives the current request. The threads that answer the request inherit it.
request_id: ContextVar[str] = ContextVar("request_id", default="")
access_logger = logging.getLogger("memfog.access")
FLUSH_DELAY_S = 0.2  # seconds for which access log lines are collected

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class CancelledFilter(logging.Filter):
    """Drops records of a request that was cancelled on purpose, since they describe no failure."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not deadline.is_cancelled()


class LineFormatter(logging.Formatter):
    """Formats records as plain lines, for a local server."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatException(self, ei: _ExcInfo) -> str:
        return format_exception(ei[1])


class JsonFormatter(logging.Formatter):
    """Formats records as JSON: `time`, `level`, `logger`, `message`; `request_id` and `exception` if there are any."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _timestamp(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if name := request_id.get():
            line["request_id"] = name
        if record.exc_info and record.exc_info[1]:
            line["exception"] = format_exception(record.exc_info[1])
        return json.dumps(line)


def format_exception(error: BaseException | None) -> str:
    """Formats an exception and its causes, oldest first: types, files and lines; with DEBUG also the text."""
    return "\nwhich led to\n".join(_format_one_exception(cause) for cause in list_causes(error))


def list_causes(error: BaseException | None) -> list[BaseException]:
    """Lists an exception after those that led to it, oldest first."""
    causes: list[BaseException] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        causes.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return causes[::-1]


def _format_one_exception(error: BaseException) -> str:
    # No source lines: a literal in a template or a query may be captured content.
    frames = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = type(error)
    text = f": {error}" if settings.DEBUG else ""
    return "\n".join([*frames, f"{kind.__module__}.{kind.__qualname__}{text}"])


class AccessLog:
    """Writes one line per request: its id, method, route, status and milliseconds.

    Lines are written in batches a few times a second: a separate write would cost an ingest request as much as its
    commit.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, method: str, route: str, status: int, seconds: float) -> None:
        if not access_logger.isEnabledFor(logging.INFO):
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_DELAY_S, self.flush)
        time, ms = _timestamp(), f"{seconds * 1_000:.1f}"
        if settings.LOCAL:
            self._lines.append(f"{time} {method} {route} {status} {ms} ms\n")
        else:
            # Only the method can contain a quotation mark, since clients choose it freely.
            safe_method = method if method.isalpha() else "?"
            self._lines.append(
                f'{{"time":"{time}","level":"INFO","logger":"memfog.access","request_id":"{name}","method":"{safe_method}",'
                f'"route":{json.dumps(route)},"status":{status},"ms":{ms}}}\n'
            )

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        sys.stderr.write("".join(lines))
        sys.stderr.flush()


_access_log = AccessLog()
log_request = _access_log.add
atexit.register(_access_log.flush)


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
