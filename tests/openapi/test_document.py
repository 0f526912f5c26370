"""`/openapi.json` is valid OpenAPI 3.1, and documents every route and every problem."""

import inspect
import re
from typing import Any

import httpx
import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.api_base.problem import PROBLEM_TYPES, is_api_path
from events.wire import envelope
from memfog.asgi import front_door
from memfog.openapi import build_document
from memfog.openapi.member_examples import EVENT
from tests.house.test_isolation import routes
from tests.people import Person

OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in build_document()["paths"].items()
    for method, operation in operations.items()
}


def test_it_is_served_as_it_was_made(http: httpx.Client) -> None:
    answer = http.get("/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == build_document()
    assert answer.json()["openapi"] == "3.1.0"


@pytest.mark.sweep
def test_it_is_valid() -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(build_document()).iter_errors()] == []


def test_it_is_made_without_a_guess() -> None:
    SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS


def test_every_route_stands_in_it() -> None:
    """A new route fails here until it is documented: at its view, or in `memfog.openapi.native_routes`."""
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path) for path in routes() if is_api_path(path) or path == "/healthz"
    }
    assert served - set(build_document()["paths"]) == set()
    assert set(build_document()["paths"]) - served == set()


def test_every_method_of_a_native_route_stands_in_it() -> None:
    native = {path: methods for path, (methods, _) in front_door.native.items() if path in build_document()["paths"]}
    documented = {path: {method.upper() for method in build_document()["paths"][path]} for path in native}
    assert documented == {path: set(methods) - {"HEAD"} for path, methods in native.items()}


def test_every_code_is_an_answer_of_some_route() -> None:
    answered = _codes(list(OPERATIONS.values()))
    assert set(PROBLEM_TYPES) - answered == {"method_not_allowed"}, "every path can answer method_not_allowed"
    assert "MethodNotAllowed" in build_document()["components"]["responses"]


def _codes(part: Any) -> set[str]:
    if isinstance(part, list):
        return {code for value in part for code in _codes(value)}
    if not isinstance(part, dict):
        return set()
    own = set(part["code"]["enum"]) if "enum" in part.get("code", {}) else set()
    return own | {code for value in part.values() for code in _codes(value)}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_says_what_it_does_and_names_every_header(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["summary"][-1] not in ".:"
    for status, answer in operation["responses"].items():
        needed = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}.get(status, "X-Request-Id")
        assert {"X-Request-Id", needed} <= set(answer["headers"])


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_the_reasons_against_an_event_are_those_of_the_log() -> None:
    raised = set(re.findall(r'InvalidEvent\(\s*"(\w+)"', inspect.getsource(envelope)))
    assert raised | {f"bad_{name}" for name in envelope.REQUIRED_MEMBERS} == set(envelope.REJECTION_CODES)


def test_the_example_event_is_one(alice: Person) -> None:
    assert alice.http.post("/ingest", json=EVENT).json() == {"accepted": 1}
    assert alice.push(EVENT) == {"accepted": 0, "duplicates": 1}
