"""Builds the sections of the reference page from the operations of the document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import slugify

from accounts.api_base.problem import CONTENT_TYPE
from memfog.openapi.problem_responses import BODY_CODES, COMMON_CODES
from memfog.reference.anchors import schema_anchor
from memfog.reference.curl_commands import build_command
from memfog.reference.example_values import build_example
from memfog.reference.schema_prose import describe_schema, render_prose
from memfog.reference.schema_tables import Member, SchemaForm, list_forms, resolve_ref

Document = dict[str, Any]
Operation = dict[str, Any]
CREDENTIAL_TEXTS = {
    "capture": "An API token of any scope, or an access token.",
    "read": "An API token with the scope `full`, or an access token.",
    "account": "An access token.",
}
NO_CREDENTIAL = "No credential."
SHARED_CODES = frozenset({*COMMON_CODES, *BODY_CODES, "not_acceptable"})


@dataclass(frozen=True, slots=True)
class RouteResponse:
    """A response of a route: a success with its body, or a list of problem codes."""

    status: str
    phrase: str
    kind: str
    body: SafeString
    codes: list[str]


@dataclass(frozen=True, slots=True)
class ApiRoute:
    id: str
    method: str
    path: str
    summary: SafeString
    description: SafeString
    credential: SafeString
    parameters: list[Member]
    forms: list[SchemaForm]
    responses: list[RouteResponse]
    shared_responses: list[RouteResponse]
    curl: str
    example: str


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    id: str
    routes: list[ApiRoute]


def build_sections(document: Document) -> list[Section]:
    """Builds the sections in the order of the document's tags, without sections that have no routes."""
    routes = [
        (operation["tags"][0], _build_route(method, path, operation, document))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    routes_by_tag = [
        (tag["name"], [route for name, route in routes if name == tag["name"]]) for tag in document["tags"]
    ]
    return [Section(name, slugify(name), own) for name, own in routes_by_tag if own]


def _build_route(method: str, path: str, operation: Operation, document: Document) -> ApiRoute:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return ApiRoute(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=render_prose(operation["summary"]),
        description=render_prose(operation.get("description", "")),
        credential=render_prose(
            next((CREDENTIAL_TEXTS[permission] for permission in _list_required_permissions(operation)), NO_CREDENTIAL)
        ),
        parameters=[_build_parameter(parameter) for parameter in operation.get("parameters", ())],
        forms=list_forms(body, document) if body else [],
        responses=list(_list_responses(operation, document)),
        shared_responses=list(_list_shared_responses(operation)),
        curl=build_command(method, path, operation, document),
        example=_build_example(operation, document),
    )


def _list_required_permissions(operation: Operation) -> list[str]:
    return [permission for scheme in operation.get("security", ()) for permission in scheme.get("bearer", ())]


def _build_parameter(parameter: dict[str, Any]) -> Member:
    name = f"{parameter['name']} ({parameter['in']})"
    note = render_prose(parameter.get("description", ""))
    return Member(name, describe_schema(parameter["schema"]), parameter.get("required", False), note)


def _list_responses(operation: Operation, document: Document) -> Iterator[RouteResponse]:
    for status, response in operation["responses"].items():
        phrase = HTTPStatus(int(status)).phrase
        bodies = {kind: media for kind, media in response.get("content", {}).items() if kind != CONTENT_TYPE}
        for kind, media in bodies.items():
            yield RouteResponse(status, phrase, kind, _describe_body(media["schema"], document), [])
        own = [code for code in _list_codes(response) if code not in SHARED_CODES]
        if own:
            yield RouteResponse(status, phrase, CONTENT_TYPE, SafeString(""), own)
        if not response.get("content"):
            yield RouteResponse(status, phrase, "", SafeString("no body"), [])


def _describe_body(schema: dict[str, Any], document: Document) -> SafeString:
    """Describes a body: a link to its schema, or its members if the schema has no section on the page."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if not name or schema_anchor(name):
        return describe_schema(schema)
    members = resolve_ref(schema, document).get("properties")
    return (
        render_prose(", ".join(f"`{member}`" for member in members))
        if members
        else describe_schema(resolve_ref(schema, document))
    )


def _list_shared_responses(operation: Operation) -> Iterator[RouteResponse]:
    """Lists the problems that all similar routes share, so that the page can show them apart from specific ones."""
    for status, response in operation["responses"].items():
        if codes := [code for code in _list_codes(response) if code in SHARED_CODES]:
            yield RouteResponse(status, "", CONTENT_TYPE, SafeString(""), codes)


def _list_codes(response: dict[str, Any]) -> list[str]:
    problem = response.get("content", {}).get(CONTENT_TYPE)
    return problem["schema"]["allOf"][1]["properties"]["code"]["enum"] if problem else []


def _build_example(operation: Operation, document: Document) -> str:
    """Builds the example body of the first success response that is JSON; empty if there is none."""
    for response in operation["responses"].values():
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema and "$ref" in schema:
            return json.dumps(build_example(schema, document), indent=2, ensure_ascii=False)
    return ""
