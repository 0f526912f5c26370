"""Depth-limited parser for every JSON body that is not a batch of events. Pure."""

import json
from typing import Any, NoReturn

from accounts.api_base.problem import Problem

MAX_NESTING = 64


def parse_object(body: bytes) -> dict[str, Any]:
    """Parses a body as a JSON object.

    Raises Problem `malformed_json` as `parse` does, and for any other JSON value.
    """
    value = parse(body)
    if not isinstance(value, dict):
        raise Problem("malformed_json", "The body must be a JSON object.")
    return value


def parse(body: bytes) -> Any:
    """Parses a body as JSON.

    Raises Problem `malformed_json` if the body is not JSON in UTF-8 or is nested deeper than `MAX_NESTING`.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise Problem("malformed_json", "The body is not JSON.") from None
    if not _is_shallow(value):
        raise Problem("malformed_json", f"The body must not be nested deeper than {MAX_NESTING} levels.")
    return value


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _is_shallow(value: Any) -> bool:
    """Whether no value is nested deeper than `MAX_NESTING`, so that other code may recurse once per level."""
    level = [value]
    for _ in range(MAX_NESTING):
        level = [child for parent in level for child in _list_children(parent)]
        if not level:
            return True
    return False


def _list_children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
