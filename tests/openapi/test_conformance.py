"""The running server answers any request as `/openapi.json` describes (schemathesis)."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.examples import SHARE
from tests.openapi.operations import find_operation, list_names
from tests.openapi.strict import strict
from tests.openapi.wire import send
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.sweep

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
# The credential whose requests test the limits of every member, about fifty for each operation; the other database
# tests the other credential. All other requests, and those without a credential, are a few random ones.
THOROUGH = "full" if "MEMFOG_TEST_POSTGRES" in os.environ else "access"
MADE_UP = [HypothesisTestMode.FUZZING]
ALL = [*MADE_UP, HypothesisTestMode.EXAMPLES, HypothesisTestMode.COVERAGE]

# The same examples in every run. Their duration is not tested here.
bounded = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def schema() -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(strict(), config=schemathesis.Config.from_dict({"seed": 1}))


def each_case(name: str, try_case: Callable[[Case[Any]], None], *, thorough: bool) -> None:
    """Sends the cases of an operation.

    They are generated here, because at test collection this would take every process of every run ten seconds.
    """
    operation = find_operation(schema(), name)
    config = HypothesisTestConfig(
        project=operation.schema.config,
        modes=ALL if thorough else MADE_UP,
        explicit_settings=settings(bounded, max_examples=15 if thorough else -(-5 // SHARE)),
    )

    def run(case: Case[Any]) -> None:
        try_case(case)

    create_test(operation=operation, test_func=run, config=config)()


@pytest.mark.parametrize("credential", ["none", "full", "access"])
@pytest.mark.parametrize("operation", list_names(strict()))
def test_it_answers_as_documented(operation: str, credential: str, server: Server, alice: Person) -> None:
    credentials = {"none": None, "full": alice.token, "access": alice.access_token()}
    held = credentials[credential]
    headers = {"Authorization": f"Bearer {held}"} if held else {}

    def try_case(case: Case[Any]) -> None:
        answer = send(case, server.url, headers)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    each_case(operation, try_case, thorough=credential == THOROUGH)
