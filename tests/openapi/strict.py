"""The OpenAPI document, changed so that an answer must not have undocumented members.

The published document does not forbid them, because an answer may gain members.
"""

from copy import deepcopy
from typing import Any

from memfog.openapi import build_document


def strict() -> dict[str, Any]:
    made = deepcopy(build_document())
    schemas = made["components"]["schemas"]
    for name in _answered(made):
        _seal(schemas[name])
    return made


def _answered(made: dict[str, Any]) -> set[str]:
    """The schemas that occur in answers, directly or inside others."""
    responses = [operation["responses"] for path in made["paths"].values() for operation in path.values()]
    found: set[str] = set()
    waiting = _names(responses)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= _names(made["components"]["schemas"][name]) - found
    return found


def _names(part: Any) -> set[str]:
    if isinstance(part, list):
        return {name for value in part for name in _names(value)}
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
    return own | {name for value in part.values() for name in _names(value)}


def _seal(schema: dict[str, Any]) -> None:
    # Schemas of answers are flat: a nested object has a schema of its own.
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
