"""Parses the JSON object in the body of a Django request."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request

from accounts.api_base import json_body
from accounts.api_base.problem import too_large_problem


def parse(request: Request) -> dict[str, Any]:
    """Parses the body as a JSON object. The front door checks the content type.

    Raises Problem `too_large` or `malformed_json`.
    """
    # Check the announced length first: a large body is refused unread.
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.SMALL_BODY_BYTES:
        raise too_large_problem(f"The body must not exceed {settings.SMALL_BODY_BYTES:,} bytes.")
    return json_body.parse_object(request.body)
