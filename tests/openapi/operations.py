"""The operations of an OpenAPI document by the names that tests use: `GET /api/events`."""

from collections.abc import Mapping
from typing import Any

from schemathesis.schemas import APIOperation, BaseSchema

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def list_names(document: Mapping[str, Any]) -> list[str]:
    """Reads the names from the document itself, because schemathesis takes seconds for them."""
    return [f"{word.upper()} {path}" for path, item in document["paths"].items() for word in item if word in METHODS]


def find_operation(schema: BaseSchema, name: str) -> APIOperation[Any, Any, Any, Any]:
    method, _, path = name.partition(" ")
    return schema[path][method]
