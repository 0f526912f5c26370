"""A value that a schema allows, from the examples in the document."""

from typing import Any

Document = dict[str, Any]
PLAIN = {"string": "", "integer": 0, "boolean": True, "null": None}


def example(schema: dict[str, Any], document: Document) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example(document["components"]["schemas"][name], document)
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return example(schema[key][0], document)
    return _of_type(schema, document)


def _of_type(schema: dict[str, Any], document: Document) -> Any:
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: example(member, document) for name, member in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema["items"], document)]
    return PLAIN[kind]
