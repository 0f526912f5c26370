"""The operations of the document as the page shows them, in sections."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import slugify

from accounts.api_base.problem import CONTENT_TYPE
from memfog.openapi.problem_responses import ALWAYS, WITH_BODY
from memfog.reference.anchors import shape_anchor
from memfog.reference.curl_commands import command
from memfog.reference.example_values import example
from memfog.reference.schema_prose import prose, words
from memfog.reference.schema_tables import Form, Member, forms, resolve

Document = dict[str, Any]
Operation = dict[str, Any]
NEEDS = {
    "capture": "An API token of any scope, or an access token.",
    "read": "An API token with the scope `full`, or an access token.",
    "account": "An access token.",
}
NO_NEED = "No credential."
USUAL = frozenset({*ALWAYS, *WITH_BODY, "not_acceptable"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back: a good answer with its body, or the codes of problems."""

    status: str
    phrase: str
    kind: str
    body: SafeString
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Route:
    id: str
    method: str
    path: str
    summary: SafeString
    description: SafeString
    needs: SafeString
    parameters: list[Member]
    forms: list[Form]
    answers: list[Answer]
    usual: list[Answer]
    curl: str
    example: str


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    id: str
    routes: list[Route]


def sections(document: Document) -> list[Section]:
    """In the order of the document's tags; one that has no route yet is left out."""
    routes = [
        (operation["tags"][0], _route(method, path, operation, document))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    made = [(tag["name"], [route for name, route in routes if name == tag["name"]]) for tag in document["tags"]]
    return [Section(name, slugify(name), own) for name, own in made if own]


def _route(method: str, path: str, operation: Operation, document: Document) -> Route:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return Route(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=prose(operation["summary"]),
        description=prose(operation.get("description", "")),
        needs=prose(next((NEEDS[need] for need in _needs(operation)), NO_NEED)),
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", ())],
        forms=forms(body, document) if body else [],
        answers=list(_answers(operation, document)),
        usual=list(_usual(operation)),
        curl=command(method, path, operation, document),
        example=_example(operation, document),
    )


def _needs(operation: Operation) -> list[str]:
    return [need for scheme in operation.get("security", ()) for need in scheme.get("bearer", ())]


def _parameter(parameter: dict[str, Any]) -> Member:
    name = f"{parameter['name']} ({parameter['in']})"
    note = prose(parameter.get("description", ""))
    return Member(name, words(parameter["schema"]), parameter.get("required", False), note)


def _answers(operation: Operation, document: Document) -> Iterator[Answer]:
    for status, answer in operation["responses"].items():
        phrase = HTTPStatus(int(status)).phrase
        good = {kind: media for kind, media in answer.get("content", {}).items() if kind != CONTENT_TYPE}
        for kind, media in good.items():
            yield Answer(status, phrase, kind, _body(media["schema"], document), [])
        own = [code for code in _codes(answer) if code not in USUAL]
        if own:
            yield Answer(status, phrase, CONTENT_TYPE, SafeString(""), own)
        if not answer.get("content"):
            yield Answer(status, phrase, "", SafeString("no body"), [])


def _body(schema: dict[str, Any], document: Document) -> SafeString:
    """The shape as a link; of one that the page does not tell apart, its members."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if not name or shape_anchor(name):
        return words(schema)
    members = resolve(schema, document).get("properties")
    return prose(", ".join(f"`{member}`" for member in members)) if members else words(resolve(schema, document))


def _usual(operation: Operation) -> Iterator[Answer]:
    """What any route of its kind may answer, so that what is its own stands out."""
    for status, answer in operation["responses"].items():
        if codes := [code for code in _codes(answer) if code in USUAL]:
            yield Answer(status, "", CONTENT_TYPE, SafeString(""), codes)


def _codes(answer: dict[str, Any]) -> list[str]:
    problem = answer.get("content", {}).get(CONTENT_TYPE)
    return problem["schema"]["allOf"][1]["properties"]["code"]["enum"] if problem else []


def _example(operation: Operation, document: Document) -> str:
    """The body of the first good answer, if it is JSON."""
    for answer in operation["responses"].values():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema and "$ref" in schema:
            return json.dumps(example(schema, document), indent=2, ensure_ascii=False)
    return ""
