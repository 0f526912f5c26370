"""Checks the address and the form of a request once, before any view reads them.

Databases accept no NUL. Django refuses more than a thousand members, and its error page would parse them again. Invalid
UTF-8 is read as U+FFFD, so that no partial character enters. `accounts.api_base.json_body` and
`events.wire.batch_parser` check JSON bodies.
"""

import re

from accounts.api_base.problem import Problem
from events.endpoints.async_http import AsgiRequest

MAX_MEMBERS = 1_000  # of a query or a form: Django's DATA_UPLOAD_MAX_NUMBER_FIELDS
# Enough for a folder, a root and a repository of 4,096 bytes each, with every byte escaped.
MAX_QUERY_BYTES = 49_152
_FORM_TYPE_PATTERN = re.compile(
    r"application/x-www-form-urlencoded[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*\"?utf-?8\"?[ \t]*)?;?[ \t]*", re.IGNORECASE
)
FORM_TYPE = "application/x-www-form-urlencoded"


def check_address(request: AsgiRequest) -> None:
    """Raises Problem `not_found` for a path with a NUL, and `invalid_input` for a query beyond the limits."""
    if "\0" in request.path:
        raise Problem("not_found")
    query = bytes(request.scope["query_string"])
    if len(query) > MAX_QUERY_BYTES:
        raise _invalid_input("query", f"A query has at most {MAX_QUERY_BYTES:,} bytes.")
    _check_members("query", query)


def check_form_type(request: AsgiRequest) -> None:
    """Raises Problem `unsupported_media_type` unless the content type is a form in UTF-8 or missing."""
    if not _FORM_TYPE_PATTERN.fullmatch(request.headers.get("content-type", FORM_TYPE)):
        raise Problem("unsupported_media_type", f"Send `Content-Type: {FORM_TYPE}`.")


def check_form(body: bytes) -> None:
    """Raises Problem `invalid_input` for a form beyond the limits."""
    _check_members("form", body)


def _check_members(name: str, encoded: bytes) -> None:
    if encoded.count(b"&") >= MAX_MEMBERS:
        raise _invalid_input(name, f"At most {MAX_MEMBERS:,} members are allowed.")
    if b"%00" in encoded or b"\0" in encoded:
        raise _invalid_input(name, "NUL characters are not allowed.")


def _invalid_input(name: str, message: str) -> Problem:
    return Problem("invalid_input", message, errors=[{"loc": [name], "message": message}])
