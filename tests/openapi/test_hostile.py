"""No request to a route of `/openapi.json` or to a page is answered with a 500 (schemathesis).

Some texts and values are taken from `HOSTILE` and `ODD` instead of those that the library generates. The examples are
the same in every run; `HOSTILE_SEED=<number>` tries others, `HOSTILE_EXAMPLES=<number>` tries more.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from memfog.asgi import front_door
from memfog.openapi import build_document
from tests.examples import SHARE
from tests.house.test_hostile_input import NAMES, fill
from tests.house.test_isolation import CSRF, PARAMETER, STREAMS, django_routes
from tests.openapi.operations import find_operation, list_names
from tests.people import People, Person
from tests.server import Server

pytestmark = pytest.mark.sweep

HOSTILE = (
    "\0", "a\0b", "", " ", "\x1b[31m", "\u202e", "\ufeff", "\u2028", "%00", "%s", "{}", "../..", "a" * 10_000,
    "9" * 400, "-1", "1e999", "NaN", "null", "true", "' OR 1=1 --", "<script>", "\\", '"', "\r\nX: y",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:60+23:59", "2026-02-30",
    "00000000-0000-0000-0000-000000000000", "\ud800", "a\udfff",
)  # fmt: skip
TEXT = {"type": "string"}
DEEP = "nested two thousand deep"
ODD: tuple[Any, ...] = (
    *HOSTILE, DEEP, 5, -1, 2**63, 2**64, 0.5, 1e308, True, None, [], {}, [[]], {"a": None}, ["\0"], {"\0": 1}, [DEEP],
)  # fmt: skip


def bounded(examples: int) -> Callable[[Any], Any]:
    number = os.environ.get("HOSTILE_SEED")
    usual = settings(
        max_examples=int(os.environ.get("HOSTILE_EXAMPLES", -(-examples // SHARE))),
        derandomize=number is None,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: usual(test if number is None else seed(int(number))(test))


AT_ONCE = 12  # names in one query or form; generating each takes time


def pages() -> dict[str, Any]:
    """The pages as an OpenAPI document. The possible names in a query or a form are distributed over the pages."""
    answer = {"responses": {"default": {"description": ""}}}
    names = cycle(NAMES)
    paths: dict[str, Any] = {}
    for route in sorted({*front_door.native, *django_routes()}):
        path = PARAMETER.sub(r"{\1}", route)
        if path in build_document()["paths"] or fill(path, "") != path:
            continue
        named = [{"in": "path", "name": name, "required": True, "schema": TEXT} for name in PARAMETER.findall(route)]
        query = [{"in": "query", "name": name, "schema": TEXT} for name in islice(names, AT_ONCE)]
        form = {"type": "object", "properties": dict.fromkeys(islice(names, AT_ONCE), TEXT)}
        content = {"application/x-www-form-urlencoded": {"schema": form}}
        paths[path] = {
            "get": {"parameters": [*named, *query], **answer},
            "post": {"parameters": named, "requestBody": {"content": content}, **answer},
        }
    return {"openapi": "3.1.0", "info": {"title": "pages", "version": "1"}, "paths": paths}


@cache
def schema(of: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(build_document() if of == "api" else pages())


@pytest.fixture(scope="module")
def someone(server: Server) -> Iterator[Person]:
    people = People(server.url)
    yield people()
    people.close()


@pytest.mark.parametrize("operation", list_names(build_document()))
@bounded(8)
@given(data=st.data())
def test_no_request_to_the_api_breaks_it(operation: str, server: Server, someone: Person, data: st.DataObject) -> None:
    held = data.draw(st.sampled_from(["", someone.token, someone.access_token()]))
    ask(find_operation(schema("api"), operation), data, server, {"Authorization": f"Bearer {held}"} if held else {})


@pytest.mark.parametrize("operation", list_names(pages()))
@bounded(3)
@given(data=st.data())
def test_no_request_to_a_page_breaks_it(
    operation: str, server: Server, someone: Person, session: dict[str, str], data: st.DataObject
) -> None:
    signed_in = data.draw(st.integers(0, 4))
    ask(find_operation(schema("pages"), operation), data, server, session if signed_in else {"Cookie": f"csrf={CSRF}"})


@pytest.fixture
def session(someone: Person) -> dict[str, str]:
    """The headers of a signed-in browser. An example may sign out; later examples are then signed out."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(someone.user)
    return {"Cookie": f"session={client.cookies['session'].value}; csrf={CSRF}", "X-CSRFToken": CSRF}


def ask(operation: Any, data: st.DataObject, server: Server, credentials: dict[str, str]) -> None:
    case: Case[Any] = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(GenerationMode))))
    spoil(case, data)
    with server.client() as http:
        answer = send(http, case, credentials)
    assert answer.status_code < 500, (case.method, str(answer.url)[:300], answer.text[:300])
    assert "Traceback" not in answer.text


def spoil(case: Case[Any], data: st.DataObject) -> None:
    """Replaces some values of a request by hostile ones."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict) and place:
            for name in data.draw(st.lists(st.sampled_from(sorted(place)), max_size=3)):
                place[name] = data.draw(st.sampled_from(ODD if place is case.body else HOSTILE))


def send(http: httpx.Client, case: Case[Any], credentials: dict[str, str]) -> httpx.Response:
    """Sends the request unchanged, even if a correct client would refuse to. Of a stream, it reads only the headers."""
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="", errors="surrogatepass"))
    url = f"{path}?{urlencode(case.query or {}, doseq=True, errors='surrogatepass')}"
    headers: dict[str, Any] = {
        **credentials,
        **{name: value.encode("utf-8", "replace") for name, value in headers_of(case)},
    }
    with http.stream(case.method, url, content=body(case), headers=headers) as answer:
        if path not in STREAMS:
            answer.read()
        else:
            answer._content = b""
    return answer


def headers_of(case: Case[Any]) -> Iterator[tuple[str, str]]:
    usable = {name: str(value) for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    yield from ((name, value) for name, value in usable.items() if value.isprintable())
    if case.media_type:
        yield "Content-Type", case.media_type


def body(case: Case[Any]) -> bytes | None:
    if not isinstance(case.body, dict | list | str | int | float | None):
        return None
    if case.media_type != "application/json":
        return (
            urlencode(case.body or {}, doseq=True, errors="surrogatepass").encode()
            if isinstance(case.body, dict)
            else b""
        )
    # JSON escapes lone surrogates, which cannot be encoded otherwise.
    return json.dumps(case.body).replace(f'"{DEEP}"', "[" * 2_000 + "]" * 2_000).encode()
