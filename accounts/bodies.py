"""The JSON object in the body of a request, or the problem with it."""

import json
from typing import Any, NoReturn

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.request import Request

from accounts.problem import Problem, too_large


def read(request: Request) -> dict[str, Any]:
    """Raises Problem `unsupported_media_type`, `too_large` or `malformed_json`. No content type is JSON."""
    _need_json(request.headers.get("Content-Type", ""))
    # The length as announced first: a large body is refused unread.
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.SMALL_BODY_BYTES:
        raise too_large(f"At most {settings.SMALL_BODY_BYTES:,} bytes are taken here.")
    return _object(request.body)


def _need_json(content_type: str) -> None:
    kind, parameters = parse_header_parameters(content_type)
    charset = parameters.get("charset", "utf-8").lower()
    if kind not in {"", "application/json"} or charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported_media_type")


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem("malformed_json") from None
    if not isinstance(value, dict):
        raise Problem("malformed_json", "The body must be a JSON object.")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
