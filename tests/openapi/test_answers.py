"""The successful answers of each route agree with the document. Random requests hardly ever cause them."""

import json
from typing import Any

import httpx
import pytest
import schemathesis

from tests.accounts.calls import address, bearer, forgot, register, reset, secret
from tests.events.make import make_event
from tests.memory.make import event, usage
from tests.openapi.strict import strict
from tests.people import PASSWORD, Person, make_user
from tests.server import Server

API = schemathesis.openapi.from_dict(strict())


def is_documented(answer: httpx.Response, path: str = "", *, status: int = 200) -> dict[str, Any]:
    """Checks the answer against the document. `path` is the documented path, if it has parameters."""
    assert answer.status_code == status, answer.text
    request = answer.request
    API[path or request.url.path][request.method].validate_response(answer)
    return dict(answer.json()) if answer.content else {}


def test_an_account_comes_to_be(http: httpx.Client, server: Server) -> None:
    email = address()
    is_documented(register(http, email, display_name="Ada"), status=202)
    proof = secret(server.mails_to(email)[0])
    is_documented(http.post("/auth/verify-email", json={"token": proof}))
    signed_in = is_documented(http.post("/auth/login", json={"email": email, "password": PASSWORD}))
    http.headers.update(bearer(signed_in["access_token"]))
    assert is_documented(http.get("/me"))["display_name"] == "Ada"
    is_documented(http.request("DELETE", "/me", json={"password": PASSWORD}), status=204)


def test_a_password_is_forgotten(http: httpx.Client, server: Server) -> None:
    user = make_user()
    is_documented(forgot(http, user.email), status=202)
    is_documented(reset(http, secret(server.mails_to(user.email)[0])))


def test_a_token_is_made_listed_and_revoked(http: httpx.Client, alice: Person) -> None:
    http.headers.update(bearer(alice.access_token()))
    made = is_documented(http.post("/api/tokens", json={"name": "laptop", "scopes": ["capture"]}), status=201)
    assert is_documented(http.get("/api/tokens"))["tokens"]
    answer = http.delete(f"/api/tokens/{made['id']}")
    is_documented(answer, "/api/tokens/{token_id}", status=204)


def test_a_machine_asks_to_be_let_in(http: httpx.Client) -> None:
    codes = is_documented(http.post("/auth/device", json={"client_name": "laptop"}))
    asked = {"device_code": codes["device_code"]}
    assert is_documented(http.post("/auth/device/token", json=asked), status=400)["code"] == "authorization_pending"
    assert is_documented(http.post("/auth/device/token", json=asked), status=400)["code"] == "slow_down"


def test_events_come_and_go(alice: Person) -> None:
    event = make_event()
    is_documented(alice.http.post("/ingest", json=event))
    both = is_documented(alice.http.post("/sync/push", json={"events": [event, {"id": "no"}]}))
    assert set(both) == {"accepted", "duplicates", "rejected"}
    assert is_documented(alice.http.post("/sync/pull", json={}))["events"]
    is_documented(alice.http.get("/api/limits"))
    alice.http.headers.update(bearer(alice.access_token()))
    assert event["id"] in alice.http.get("/api/export").text
    assert is_documented(alice.http.request("DELETE", "/api/events", json={"ids": [event["id"]]}))["deleted"] == 1
    assert is_documented(alice.http.post("/sync/pull", json={"cursor": ""}))["deleted"] == [event["id"]]


def test_sessions_are_told(alice: Person) -> None:
    alice.push(event("prompt_submit", prompt="Hello"), usage("m1", 2, model="claude-opus-5-5", output_tokens=5))
    assert is_documented(alice.http.get("/api/sessions?state=stale"))["sessions"]
    is_documented(alice.http.get("/api/sessions?cursor=none"), status=400)
    is_documented(alice.http.get("/api/sessions/s1"), "/api/sessions/{session_id}")
    is_documented(alice.http.get("/api/sessions/s2"), "/api/sessions/{session_id}", status=404)
    hits = is_documented(alice.http.get("/api/search?q=hello"))["hits"]
    assert is_documented(alice.http.get(f"/api/observations?ids={hits[0]['id']}"))["observations"]
    is_documented(alice.http.get("/api/search?since=noon"), status=400)
    is_documented(alice.http.get("/api/context?project=/home/ada/engine", headers={"Accept": "application/json"}))
    assert is_documented(alice.http.get("/api/hints?project=/home/ada/engine"))["header"]
    path = "/api/sessions/{session_id}/timeline"
    assert len(is_documented(alice.http.get("/api/sessions/s1/timeline"), path)["events"]) == 2


def test_tools_ask_by_messages(alice: Person) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "recent", "arguments": {}}}
    assert is_documented(alice.http.post("/mcp", json=message))["result"]["content"]
    assert is_documented(alice.http.post("/mcp", json={**message, "method": "nothing"}))["error"]["code"] == -32601
    is_documented(alice.http.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}), status=202)
    assert is_documented(alice.http.post("/mcp", content="{"), status=400)["error"]


def nested(depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(depth):
        made = {"a": made}
    return made


SPOILED = {
    "too_deep": json.dumps(make_event(data=nested(600))),
    "invalid_text": json.dumps(make_event(project="\0")),
    "duplicate_key": '{"id": 1, "id": 2}',
}


@pytest.mark.parametrize("path", ["/sync/push", "/ingest"])
@pytest.mark.parametrize("code", SPOILED)
def test_a_bare_event_is_refused_by_a_documented_name(alice: Person, path: str, code: str) -> None:
    answer = alice.http.post(path, content=SPOILED[code])
    assert is_documented(answer, status=400)["code"] == code


@pytest.mark.parametrize("path", ["/ingest", "/healthz", "/api/events/stream", "/api/export"])
def test_options_names_the_methods_of_a_native_route(http: httpx.Client, path: str) -> None:
    answer = http.options(path)
    assert answer.status_code == 200
    assert answer.headers["allow"] == http.put(path).headers["allow"]


@pytest.mark.parametrize("path", ["/readyz", "/openapi.json"])
def test_another_method_is_405_also_where_forms_would_need_a_secret(http: httpx.Client, path: str) -> None:
    answer = http.post(path)
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in answer.headers["allow"]


def test_format_in_the_address_changes_nothing(alice: Person) -> None:
    is_documented(alice.http.get("/me?format=xml"))
