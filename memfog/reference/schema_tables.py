"""The shapes of the document as tables of members."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from memfog.reference.anchors import TOLD, shape_anchor
from memfog.reference.example_values import example
from memfog.reference.schema_prose import prose, words

Document = dict[str, Any]
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object: its name, its kind in words, and what it means."""

    name: str
    kind: SafeString
    required: bool
    note: SafeString


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    anchor: str
    note: SafeString
    forms: list["Form"]
    example: str


@dataclass(frozen=True, slots=True)
class Form:
    """An object may have one of several forms; most have one, without a title. One told elsewhere is a link there."""

    title: str
    members: list[Member]
    anchor: str = ""


def shapes(document: Document) -> list[Shape]:
    schemas = document["components"]["schemas"]
    return [shape(name, schemas[name], document) for name in TOLD]


def shape(name: str, schema: Schema, document: Document) -> Shape:
    made = json.dumps(example(schema, document), indent=2, ensure_ascii=False)
    return Shape(name, shape_anchor(name), prose(schema.get("description", "")), forms(schema, document), made)


def forms(schema: Schema, document: Document) -> list[Form]:
    """The forms of what a body may be, each with its members."""
    schema = resolve(schema, document)
    several = schema.get("oneOf") or schema.get("anyOf")
    if not several:
        return [Form("", list(_members(schema)))]
    return [_form(one, document, "or" if number else "") for number, one in enumerate(several)]


def _form(schema: Schema, document: Document, between: str) -> Form:
    name = schema.get("$ref", "").rpartition("/")[2]
    if anchor := shape_anchor(name):
        return Form(name, [], anchor)
    return Form(schema.get("title") or name or between, forms(schema, document)[0].members)


def resolve(schema: Schema, document: Document) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def _members(schema: Schema) -> Iterator[Member]:
    required = schema.get("required", ())
    for name, described in schema.get("properties", {}).items():
        yield Member(name, words(described), name in required, prose(described.get("description", "")))
        if described.get("type") == "object":
            for inner in _members(described):
                yield Member(f"{name}.{inner.name}", inner.kind, inner.required, inner.note)
