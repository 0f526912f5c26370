"""Schemas and descriptions in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from memfog.reference.anchors import shape_anchor

TYPES = {"array": "list", "object": "object", "null": "null", "number": "number"}
FORMATS = {"uuid": "UUID", "date-time": "RFC 3339 time", "email": "email address", "uri-reference": "address"}


def prose(text: str) -> SafeString:
    """Text with its `code` marked."""
    pieces = enumerate(text.split("`"))
    return _joined("", (format_html("<code>{}</code>", piece) if at % 2 else piece for at, piece in pieces))


def _joined(between: str, parts: Iterable[str]) -> SafeString:
    return format_html_join(between, "{}", ((part,) for part in parts))


def words(schema: dict[str, Any]) -> SafeString:
    """What a value may be: “integer, 1 to 1000, 100 if absent”."""
    return _joined(", ", [_kind(schema), *_bounds(schema)])


def _kind(schema: dict[str, Any]) -> SafeString:
    if "$ref" in schema or "allOf" in schema:
        return _link(schema)
    if "oneOf" in schema or "anyOf" in schema:
        return _joined(" or ", (_kind(one) for one in schema.get("oneOf") or schema["anyOf"]))
    if "const" in schema:
        return format_html("<code>{}</code>", schema["const"])
    if "enum" in schema:
        return _choices(schema["enum"])
    if schema.get("type") == "array":
        return format_html("list of {}", _kind(schema["items"]))
    return conditional_escape(_plain(schema))


def _link(schema: dict[str, Any]) -> SafeString:
    name = (schema.get("$ref") or schema["allOf"][0]["$ref"]).rpartition("/")[2]
    anchor = shape_anchor(name)
    return format_html('<a href="#{}">{}</a>', anchor, name) if anchor else conditional_escape(NAMES.get(name, name))


# Shapes that say no more than this.
NAMES = {"Scope": "capture or full"}


def _choices(values: list[str]) -> SafeString:
    if len(values) > 6:
        return conditional_escape("one of the codes")
    return _joined(" or ", (format_html("<code>{}</code>", value) for value in values))


def _plain(schema: dict[str, Any]) -> str:
    types = schema.get("type", "anything")
    named = [TYPES.get(one, str(one)) for one in (types if isinstance(types, list) else [types])]
    if "format" in schema and "string" in named:
        named[named.index("string")] = FORMATS.get(schema["format"], "string")
    return " or ".join(named)


def _bounds(schema: dict[str, Any]) -> list[str]:
    least = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    most = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    what = "characters" if schema.get("type") == "string" else "items" if schema.get("type") == "array" else ""
    bounds = []
    if most is not None:
        bounds.append(f"{least or 0:,} to {most:,} {what}".strip() if least else f"at most {most:,} {what}".strip())
    if schema.get("default") is not None:
        default = schema["default"]
        bounds.append(f"{', '.join(default) if isinstance(default, list) else default} if absent")
    return bounds
