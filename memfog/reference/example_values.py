"""Builds a valid value of a schema from the examples in the document."""

from typing import Any

Document = dict[str, Any]
DEFAULT_VALUES = {"string": "", "integer": 0, "boolean": True, "null": None}


def build_example(schema: dict[str, Any], document: Document) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return build_example(document["components"]["schemas"][name], document)
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return build_example(schema[key][0], document)
    return _build_by_type(schema, document)


def _build_by_type(schema: dict[str, Any], document: Document) -> Any:
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: build_example(member, document) for name, member in schema.get("properties", {}).items()}
    if kind == "array":
        return [build_example(schema["items"], document)]
    return DEFAULT_VALUES[kind]
