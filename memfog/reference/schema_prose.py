"""Describes schemas in words, as HTML."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from memfog.reference.anchors import schema_anchor

TYPE_NAMES = {"array": "list", "object": "object", "null": "null", "number": "number"}
FORMAT_NAMES = {"uuid": "UUID", "date-time": "RFC 3339 time", "email": "email address", "uri-reference": "address"}


def render_prose(text: str) -> SafeString:
    """Renders text as HTML, with `code` in code elements."""
    pieces = enumerate(text.split("`"))
    return _join_html("", (format_html("<code>{}</code>", piece) if at % 2 else piece for at, piece in pieces))


def _join_html(separator: str, parts: Iterable[str]) -> SafeString:
    return format_html_join(separator, "{}", ((part,) for part in parts))


def describe_schema(schema: dict[str, Any]) -> SafeString:
    """Describes the values that a schema allows: “integer, 1 to 1000, 100 if absent”."""
    return _join_html(", ", [_describe_kind(schema), *_describe_bounds(schema)])


def _describe_kind(schema: dict[str, Any]) -> SafeString:
    if "$ref" in schema or "allOf" in schema:
        return _link_schema(schema)
    if "oneOf" in schema or "anyOf" in schema:
        return _join_html(" or ", (_describe_kind(one) for one in schema.get("oneOf") or schema["anyOf"]))
    if "const" in schema:
        return format_html("<code>{}</code>", schema["const"])
    if "enum" in schema:
        return _describe_choices(schema["enum"])
    if schema.get("type") == "array":
        return format_html("list of {}", _describe_kind(schema["items"]))
    return conditional_escape(_describe_type(schema))


def _link_schema(schema: dict[str, Any]) -> SafeString:
    name = (schema.get("$ref") or schema["allOf"][0]["$ref"]).rpartition("/")[2]
    anchor = schema_anchor(name)
    return (
        format_html('<a href="#{}">{}</a>', anchor, name)
        if anchor
        else conditional_escape(SCHEMA_NAMES.get(name, name))
    )


# Schemas that these words describe completely.
SCHEMA_NAMES = {"Scope": "capture or full"}


def _describe_choices(values: list[str]) -> SafeString:
    if len(values) > 6:
        return conditional_escape("one of the codes")
    return _join_html(" or ", (format_html("<code>{}</code>", value) for value in values))


def _describe_type(schema: dict[str, Any]) -> str:
    types = schema.get("type", "anything")
    names = [TYPE_NAMES.get(one, str(one)) for one in (types if isinstance(types, list) else [types])]
    if "format" in schema and "string" in names:
        names[names.index("string")] = FORMAT_NAMES.get(schema["format"], "string")
    return " or ".join(names)


def _describe_bounds(schema: dict[str, Any]) -> list[str]:
    minimum = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    maximum = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    unit = "characters" if schema.get("type") == "string" else "items" if schema.get("type") == "array" else ""
    bounds = []
    if maximum is not None:
        bounds.append(
            f"{minimum or 0:,} to {maximum:,} {unit}".strip() if minimum else f"at most {maximum:,} {unit}".strip()
        )
    if schema.get("default") is not None:
        default = schema["default"]
        bounds.append(f"{', '.join(default) if isinstance(default, list) else default} if absent")
    return bounds
