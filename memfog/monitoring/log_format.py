"""What stands in the log: lines for a person on a laptop, one JSON object a line on a server that others can reach.

Captured content must not get there. Our own lines name ids and routes, never a path, a query or a body. The text of
an exception is left out, since databases and parsers quote the value they choked on; its type and where it was raised
are what one searches for anyway. With DEBUG=1 the text is shown: that is for a machine of one's own.
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

# The front door's name for the request that is being answered; threads that answer it inherit it.
request_id: ContextVar[str] = ContextVar("request_id", default="")
access_logger = logging.getLogger("memfog.access")
FLUSH_DELAY_S = 0.2  # seconds for which lines of requests are gathered

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class CancelledFilter(logging.Filter):
    """Leaves out what became of a page that was given up on purpose: nothing went wrong."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not deadline.is_cancelled()


class LineFormatter(logging.Formatter):
    """For people."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatException(self, ei: _ExcInfo) -> str:
        return format_exception(ei[1])


class JsonFormatter(logging.Formatter):
    """For machines: `time`, `level`, `logger`, `message`, and where there is one `request_id` and `exception`."""

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
    """The way an exception took, oldest cause first: its types, files and lines, and with DEBUG its text."""
    parts = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        parts.append(_format_one_exception(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nwhich led to\n".join(reversed(parts))


def _format_one_exception(error: BaseException) -> str:
    # Without the source lines: a literal in a line of ours is harmless, one in a template or a query need not be.
    frames = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = type(error)
    text = f": {error}" if settings.DEBUG else ""
    return "\n".join([*frames, f"{kind.__module__}.{kind.__qualname__}{text}"])


class AccessLog:
    """One line for each request: its id, method, route, status and milliseconds.

    Written together a few times a second: a line by itself would cost an ingest as much as its commit.
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
            # No part of it can hold a quotation mark but the method, which is the client's to invent.
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
