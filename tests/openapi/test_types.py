"""The server takes exactly the documented types: a test sends each member of each body with each other type."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from memfog.openapi import build_document
from tests.events.make import make_event
from tests.people import Person
from tests.server import Server

pytestmark = [pytest.mark.sweep, pytest.mark.one_database]

# A value of each JSON type. A number without a fraction is an integer, however it is written.
VALUES: dict[str, Any] = {
    "string": "5",
    "integer": 5,
    "number": 5.5,
    "boolean": True,
    "null": None,
    "array": ["5"],
    "object": {"a": "5"},
}
DEEP = "[" * 2_000 + "]" * 2_000
# Members of any type: documented as ignored, or stored unread.
FREE = {"user_id", "received_at"}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = build_document()["components"]["schemas"][name] if name else schema
    return found


def types(schema: dict[str, Any]) -> set[str]:
    """The types that a schema allows; all types if it names none."""
    schema = resolved(schema)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return {type_ for one in schema[word] for type_ in types(one)}
    if "allOf" in schema:
        return set.intersection(*(types(one) for one in schema["allOf"]))
    if "enum" in schema and "type" not in schema:
        return {"string"} | ({"null"} if None in schema["enum"] else set())
    named = schema.get("type", list(VALUES))
    return {named} if isinstance(named, str) else set(named)


def members(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The members of the objects that a schema allows."""
    schema = resolved(schema)
    for word in ("oneOf", "anyOf", "allOf"):
        for one in schema.get(word, ()):
            yield from members(one)
    yield from schema.get("properties", {}).items()


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in build_document()["paths"].items():
        for method, operation in operations.items():
            if content := operation.get("requestBody", {}).get("content", {}).get("application/json"):
                yield method.upper(), path, content["schema"]


BODIES = {f"{method} {path}": (method, path, schema) for method, path, schema in bodies()}
CASES = {
    f"{name} {member}": (method, path, member, member_schema)
    for name, (method, path, schema) in BODIES.items()
    for member, member_schema in members(schema)
    if member not in FREE and types(member_schema) != set(VALUES)
}
# A valid body of each route, so that only the tested member is wrong.
GOOD: dict[str, dict[str, Any]] = {
    "/auth/register": {"email": "a@example.com", "password": "correct horse battery"},
    "/auth/verify-email": {"token": "x"},
    "/auth/login": {"email": "a@example.com", "password": "x"},
    "/auth/forgot-password": {"email": "a@example.com"},
    "/auth/reset-password": {"token": "x", "password": "correct horse battery"},
    "/auth/device": {"client_name": "laptop"},
    "/auth/device/token": {"device_code": "x"},
    "/me": {"password": "x"},
    "/api/tokens": {"name": "laptop"},
    "/api/prices": {"model": "x", "input_usd": 1, "output_usd": 1},
    "/api/machines": {"machine": "x", "name": "y"},
    "/api/events": {},
    "/sync/pull": {},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "ping"},
}
EVENTS = {"/ingest", "/sync/push"}


def good(path: str, member: str) -> dict[str, Any]:
    if path not in EVENTS:
        made = copy.deepcopy(GOOD[path])
        return {**made, "cursor": ""} if member == "mark" else made
    return {"events": []} if member in {"events", "deleted"} else make_event()


def ask(server: Server, person: Person, method: str, path: str, body: str) -> httpx.Response:
    with server.client() as http:
        credential = person.token if path in EVENTS else person.access_token()
        return http.request(method, path, content=body, headers={"Authorization": f"Bearer {credential}"})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_value_of_another_type_is_refused_with_its_place(case: Any, server: Server, alice: Person) -> None:
    method, path, member, schema = case
    taken = types(schema)
    wrong = set(VALUES) - taken - ({"integer"} if "number" in taken else set())
    for name in sorted(wrong):
        answer = ask(server, alice, method, path, json.dumps({**good(path, member), member: VALUES[name]}))
        assert answer.status_code == 400, (member, name, answer.text)
        if path == "/mcp":
            assert answer.json()["error"]["code"] == -32600
        elif path in EVENTS:
            # An event has a code for each of its members; a batch has one code for the whole body.
            assert answer.json()["code"] in {*CODES_OF_EVENTS, "malformed_json"}, (member, name)
        else:
            assert answer.json()["code"] == "invalid_input"
            assert [error["loc"][0] for error in answer.json()["errors"]] == [member], (name, answer.text)


CODES_OF_EVENTS = {"bad_id", "bad_ts", "bad_project", "bad_kind", "bad_version", "unknown_key"}


@pytest.mark.parametrize("name", BODIES)
def test_deep_nesting_in_every_body_is_refused(name: str, server: Server, alice: Person) -> None:
    method, path, schema = BODIES[name]
    for member in ["unheard", *dict(members(schema))]:
        within = json.dumps({**good(path, member), member: "deep"}).replace('"deep"', DEEP)
        answer = ask(server, alice, method, path, within)
        # An invalid event does not block the other events of its batch.
        if path in EVENTS and member == "events":
            assert answer.json()["rejected"]
        else:
            assert answer.status_code == 400, (member, answer.text)
    for body in (DEEP, "[" * 2_000, '{"a":' * 2_000, '{"a":' * 70 + "1" + "}" * 70 + "]"):
        assert ask(server, alice, method, path, body).status_code == 400


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_text_is_refused(name: str, server: Server, alice: Person) -> None:
    method, path, member, schema = CASES[name]
    if "string" not in types(schema) or path == "/mcp":
        return
    for value in ("\\ud800", "a\\u0000b"):
        body = json.dumps({**good(path, member), member: "odd"}).replace('"odd"', f'"{value}"')
        answer = ask(server, alice, method, path, body)
        assert answer.status_code == 400, (member, value, answer.text)


def test_a_number_without_a_fraction_is_an_integer(server: Server, alice: Person) -> None:
    for limit, status in (("5.0", 200), ("5e0", 200), ("5.5", 400), ("1e400", 400), ("-0.0", 400), ("1e2", 200)):
        assert ask(server, alice, "POST", "/sync/pull", f'{{"limit": {limit}}}').status_code == status, limit


def test_every_body_is_tried() -> None:
    assert set(GOOD) | EVENTS == {path for _, path, _ in BODIES.values()}
    assert len(CASES) > 25
