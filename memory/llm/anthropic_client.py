"""One question to a model, by Anthropic's messages API. It follows no redirect: the key goes to the one host."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from django.conf import settings

from events.wire.json_values import items, mapping, number, text

SECONDS = 60.0  # that an answer may take
LONGEST_ANSWER = 1_000_000  # bytes
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    model: str
    input_tokens: int
    output_tokens: int


class Refused(Exception):
    """The API will not have it: `status`, and 0 for an answer that is none of its own."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Unanswered(Exception):
    """Worth another try. `sent` says whether it may have been answered, and paid for, all the same."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


def ask(key: str, question: str, *, system: str, most: int) -> Said:
    """The model's answer, of so many tokens at most. Raises Refused, Unanswered."""
    body = {
        "model": settings.MODEL,
        "max_tokens": most,
        "system": system,
        "messages": [{"role": "user", "content": question}],
    }
    status, answer = _post(key, json.dumps(body).encode())
    if status in AGAIN:
        raise Unanswered(f"status {status}", sent=False)
    if status != 200:
        raise Refused(status)
    return _said(answer)


def _post(key: str, body: bytes) -> tuple[int, bytes]:
    where = urlsplit(settings.MODEL_URL)
    kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=SECONDS)
    headers = {"content-type": "application/json", "x-api-key": key, "anthropic-version": "2023-06-01"}
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Unanswered(type(error).__name__, sent=False) from error
        try:
            connection.request("POST", f"{where.path}/v1/messages", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(LONGEST_ANSWER)
        except (OSError, HTTPException) as error:
            raise Unanswered(type(error).__name__, sent=True) from error
    finally:
        connection.close()


def _said(answer: bytes) -> Said:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Refused(0) from error
    words = "\n".join(text(block, "text") for block in items(told, "content")).strip()
    if not words:
        raise Refused(0)
    used = mapping(told, "usage")
    return Said(
        words, text(told, "model"), *(int(number(used, name) or 0) for name in ("input_tokens", "output_tokens"))
    )
