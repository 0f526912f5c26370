"""Whatever is sent, the running server answers as `/openapi.json` says (schemathesis)."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.openapi.strict import strict
from tests.openapi.wire import send
from tests.people import Person
from tests.server import Server

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
CONFIG = schemathesis.Config.from_dict({"seed": 1})
API = schemathesis.openapi.from_dict(strict(), config=CONFIG)

# The same examples in every run; how long one takes is not what is asked here.
bounded = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("credential", ["none", "full", "access"])
@API.parametrize()
@bounded
def test_it_answers_as_documented(case: Case[Any], credential: str, server: Server, alice: Person) -> None:
    credentials = {"none": None, "full": alice.token, "access": alice.access_token()}
    held = credentials[credential]
    headers = {"Authorization": f"Bearer {held}"} if held else {}
    answer = send(case, server.url, headers)
    case.validate_response(answer, checks=CHECKS, headers=headers)
