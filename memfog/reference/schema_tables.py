"""Builds tables of members from the schemas of the document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from memfog.reference.anchors import DOCUMENTED_SCHEMAS, schema_anchor
from memfog.reference.example_values import build_example
from memfog.reference.schema_prose import describe_schema, render_prose

Document = dict[str, Any]
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: name, type in words, and meaning."""

    name: str
    kind: SafeString
    required: bool
    note: SafeString


@dataclass(frozen=True, slots=True)
class SchemaTable:
    name: str
    anchor: str
    note: SafeString
    forms: list["SchemaForm"]
    example: str


@dataclass(frozen=True, slots=True)
class SchemaForm:
    """One form of an object. Most objects have one, without a title. A form with `anchor` links to its section."""

    title: str
    members: list[Member]
    anchor: str = ""


def build_schema_tables(document: Document) -> list[SchemaTable]:
    schemas = document["components"]["schemas"]
    return [build_schema_table(name, schemas[name], document) for name in DOCUMENTED_SCHEMAS]


def build_schema_table(name: str, schema: Schema, document: Document) -> SchemaTable:
    example_text = json.dumps(build_example(schema, document), indent=2, ensure_ascii=False)
    return SchemaTable(
        name,
        schema_anchor(name),
        render_prose(schema.get("description", "")),
        list_forms(schema, document),
        example_text,
    )


def list_forms(schema: Schema, document: Document) -> list[SchemaForm]:
    """Lists the forms that a body may have, each with its members."""
    schema = resolve_ref(schema, document)
    variants = schema.get("oneOf") or schema.get("anyOf")
    if not variants:
        return [SchemaForm("", list(_list_members(schema)))]
    return [_build_form(one, document, "or" if number else "") for number, one in enumerate(variants)]


def _build_form(schema: Schema, document: Document, fallback_title: str) -> SchemaForm:
    name = schema.get("$ref", "").rpartition("/")[2]
    if anchor := schema_anchor(name):
        return SchemaForm(name, [], anchor)
    return SchemaForm(schema.get("title") or name or fallback_title, list_forms(schema, document)[0].members)


def resolve_ref(schema: Schema, document: Document) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def _list_members(schema: Schema) -> Iterator[Member]:
    required = schema.get("required", ())
    for name, member_schema in schema.get("properties", {}).items():
        yield Member(
            name, describe_schema(member_schema), name in required, render_prose(member_schema.get("description", ""))
        )
        if member_schema.get("type") == "object":
            for inner in _list_members(member_schema):
                yield Member(f"{name}.{inner.name}", inner.kind, inner.required, inner.note)
