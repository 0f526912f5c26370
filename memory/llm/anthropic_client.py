"""Client of Anthropic's messages API. It follows no redirect, so that the key goes to the configured host only."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from django.conf import settings

from events.wire.json_values import get_list, get_mapping, get_number, get_text

ANSWER_TIMEOUT_S = 60.0
MAX_ANSWER_BYTES = 1_000_000
RETRYABLE_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


@dataclass(frozen=True, slots=True)
class LlmReply:
    text: str
    model: str
    input_tokens: int
    output_tokens: int


class LlmRefused(Exception):
    """The API refused the request. `status` is its HTTP status, or 0 for a reply that is not in the API's format."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class LlmUnavailable(Exception):
    """A temporary failure; a retry may succeed. `sent`: the API may have processed, and charged, the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def ask_model(key: str, prompt: str, *, system: str, max_tokens: int) -> LlmReply:
    """Sends one prompt and returns the reply, of at most `max_tokens`. Raises LlmRefused or LlmUnavailable."""
    body = {
        "model": settings.MODEL,
        "max_tokens": max_tokens,
        "system": system,
        "messages": [{"role": "user", "content": prompt}],
    }
    status, answer = _post_request(key, json.dumps(body).encode())
    if status in RETRYABLE_STATUSES:
        raise LlmUnavailable(f"status {status}", sent=False)
    if status != 200:
        raise LlmRefused(status)
    return _parse_reply(answer)


def _post_request(key: str, body: bytes) -> tuple[int, bytes]:
    url = urlsplit(settings.MODEL_URL)
    connection_class = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = connection_class(url.hostname or "", url.port, timeout=ANSWER_TIMEOUT_S)
    headers = {"content-type": "application/json", "x-api-key": key, "anthropic-version": "2023-06-01"}
    try:
        try:
            connection.connect()
        except OSError as error:
            raise LlmUnavailable(type(error).__name__, sent=False) from error
        try:
            connection.request("POST", f"{url.path}/v1/messages", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(MAX_ANSWER_BYTES)
        except (OSError, HTTPException) as error:
            raise LlmUnavailable(type(error).__name__, sent=True) from error
    finally:
        connection.close()


def _parse_reply(answer: bytes) -> LlmReply:
    try:
        message = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise LlmRefused(0) from error
    reply_text = "\n".join(get_text(block, "text") for block in get_list(message, "content")).strip()
    if not reply_text:
        raise LlmRefused(0)
    usage = get_mapping(message, "usage")
    return LlmReply(
        reply_text,
        get_text(message, "model"),
        *(int(get_number(usage, name) or 0) for name in ("input_tokens", "output_tokens")),
    )
