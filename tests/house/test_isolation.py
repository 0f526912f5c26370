"""Each route, requested with another user's ids: it answers as if the objects did not exist.

The tests read the routes from the URL configuration and the front door, so that they cover new routes, too. `Ids` must
have each parameter of a path; a new parameter fails here until it is added.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.api_base.problem import is_api_path
from accounts.credentials import browser_sessions
from accounts.models import BrowserSession, Token
from memfog.asgi import front_door
from memory.notifications import notice_outbox, notice_settings
from memory.preferences import preference_changes, preference_queries, saved_filters
from memory.projection import projector
from memory.values.location import Location
from tests.events.make import make_event
from tests.memory.make import add_delivery
from tests.memory.rows import chosen_rows, derived_rows
from tests.people import Person

pytestmark = pytest.mark.sweep

COMMIT = "c0ffee" * 6 + "0000"
CANARY = f"canary-{uuid4().hex}"
ADMIN = "/admin/"
STREAMS = ("/api/events/stream", "/live/stream")
CSRF = "c" * 32
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes() -> list[str]:
    # `/metrics` counts requests: no two of its answers are equal. tests/monitoring holds that it names nobody.
    native = {*front_door.native} - {"/metrics"}
    return sorted({*native, *(route for route in django_routes() if not route.startswith(ADMIN))})


def django_routes() -> list[str]:
    return [f"/{route}" for route in _all_routes(get_resolver().url_patterns, "")]


def _all_routes(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _all_routes(pattern.url_patterns, route)
        else:
            yield route


@dataclass(frozen=True)
class Ids:
    """The ids of a user that a stranger may know. The names are those of parameters in paths, queries and bodies."""

    seq: str
    token_id: str
    name: str  # of a session, or of a mail
    user_id: str
    event_id: str
    cursor: str
    session_key: str
    session_id: str  # of Claude Code
    note_id: str
    filter_id: str
    channel_id: str
    delivery_id: str
    commit_hash: str
    waiting: str = "1"  # belongs to no user
    page: str = "sessions"  # belongs to no user

    def fill(self, route: str) -> str:
        return PARAMETER.sub(lambda found: str(getattr(self, found[1])), route)

    def bodies(self) -> list[dict[str, Any]]:
        """Returns a body with all ids, and bodies in the form of particular routes."""
        return [
            {**asdict(self), "id": self.event_id, "token": self.token_id, "user_code": self.name},
            {"cursor": self.cursor},
            {"project": CANARY},
            {"ids": [self.event_id]},
            {"session_id": CANARY},
            make_event(id=self.event_id, user_id=self.user_id),
            _message("get_observations", ids=[int(self.seq)]),
            _message("timeline", id=int(self.seq)),
        ]


def _message(tool: str, **arguments: Any) -> dict[str, Any]:
    """Returns a tool call as an MCP message."""
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


@pytest.fixture
def victim(alice: Person) -> Person:
    """Alice, with an object of each kind. Each object contains `CANARY`."""
    for _ in range(7):
        alice.push(make_event("prompt_submit", data={"prompt": CANARY, "session_id": CANARY}, project=CANARY))
    ran = {"tool_input": {"command": "git commit -am x"}, "tool_response": {"stdout": f"[main {COMMIT}] {CANARY}"}}
    committed = {"session_id": CANARY, "tool_name": "Bash", "tool_use_id": "t1", **ran}
    alice.push(make_event("post_tool_use", data=committed, project=CANARY))
    projector.catch_up(alice.id)
    assert preference_changes.annotate_entry(alice.id, 7, pinned=True, replacement_text=CANARY)
    preference_changes.add_note(alice.id, Location(CANARY, CANARY), CANARY)
    saved_filters.save_filter(alice.id, "sessions", CANARY, query=f"project={CANARY}", project=CANARY)
    add_delivery(alice.id, CANARY)
    Token.objects.for_user(alice.id).update(name=CANARY, client=CANARY)
    BrowserSession.objects.for_user(alice.id).update(browser=CANARY[:40])
    return alice


@pytest.fixture
def hers(victim: Person) -> Ids:
    key = _cookie(victim)
    BrowserSession.objects.for_user(victim.id).update(browser=CANARY[:40])
    return Ids(
        seq="7",
        token_id=str(Token.objects.for_user(victim.id).order_by("created_at")[0].id),
        name=browser_sessions.digest_key(key),
        user_id=str(victim.id),
        event_id=victim.walk()[-1]["id"],
        cursor="3",
        session_key=key,
        session_id=CANARY,
        note_id=str(preference_queries.list_notes(victim.id, Location(CANARY, CANARY))[0].id),
        filter_id=str(saved_filters.list_saved_filters(victim.id, "sessions")[0].id),
        channel_id=str(notice_settings.list_channels(victim.id)[0].id),
        delivery_id=str(notice_outbox.list_deliveries(victim.id, limit=1)[0].delivery.id),
        commit_hash=COMMIT,
    )


NOBODYS = Ids(
    "9007",
    str(uuid4()),
    "f" * 40,
    str(uuid4()),
    str(uuid4()),
    "9003",
    "x" * 32,
    f"nobody-{uuid4().hex}",
    str(uuid4()),
    str(uuid4()),
    str(uuid4()),
    str(uuid4()),
    "dead" * 10,
)

Asker = Callable[[], dict[str, str]]


def _cookie(person: Person) -> str:
    BrowserSession.objects.for_user(person.id).delete()
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user)
    return client.cookies["session"].value


def askers(bob: Person) -> dict[str, Asker]:
    """The credentials of a stranger by kind. A new browser session replaces one that a request has ended."""
    key = ""

    def signed_in() -> dict[str, str]:
        nonlocal key
        if not BrowserSession.objects.for_user(bob.id).filter(session_key=browser_sessions.digest_key(key)).exists():
            key = _cookie(bob)
        return {"Cookie": f"session={key}; csrf={CSRF}"}

    return {
        "nobody": dict,
        "another's token": lambda: {"Authorization": f"Bearer {bob.token}"},
        "another's access token": lambda: {"Authorization": f"Bearer {bob.access_token()}"},
        "another's cookie": signed_in,
    }


def ask(
    http: httpx.Client, method: str, path: str, credentials: dict[str, str], *, headers: Any = (), **over: Any
) -> tuple[int, str, str]:
    """Returns status, redirect and text of an answer, with values replaced that differ between any two answers."""
    if path in STREAMS and method == "GET":
        return _first_of_stream(http, path, {**credentials, "Last-Event-ID": over["params"]["cursor"]})
    answer = http.request(method, path, headers={**credentials, **dict(headers)}, **over)
    assert CANARY not in answer.text, (method, path)
    return answer.status_code, _even(answer.headers.get("location", "")), _even(answer.text)


def _first_of_stream(http: httpx.Client, path: str, headers: dict[str, str]) -> tuple[int, str, str]:
    with http.stream("GET", path, headers=headers) as answer:
        first = next(answer.iter_text(), "")
    assert CANARY not in first
    return answer.status_code, "", _even(first)


def _even(text: str) -> str:
    text = re.sub(r"[\w-]{24,}", "*", text)  # ids, digests, CSRF tokens
    return re.sub(r"\b[a-f0-9]{7,12}\b|\d+", "#", text)  # hashes and numbers


def ways(ids: Ids, route: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields requests of a route: with all ids in the query, in a form, and for the API with each JSON body."""
    yield "GET", {"params": {**asdict(ids), "before": ids.seq}}
    if is_api_path(route) and route not in STREAMS:
        yield "GET", {}
    for method in ("POST", "DELETE"):
        for body in ids.bodies() if is_api_path(route) else []:
            yield method, {"content": json.dumps(body), "headers": {"Content-Type": "application/json"}}
    yield "POST", {"data": {**ids.bodies()[0], "csrfmiddlewaretoken": CSRF}}


def state(person: Person) -> object:
    """Returns all rows of this user, as the user would see them."""
    tokens = list(Token.objects.for_user(person.id).order_by("id").values_list("id", "name", "scope"))
    return (
        person.walk(),
        tokens,
        derived_rows(person.id),
        chosen_rows(person.id),
        list(BrowserSession.objects.for_user(person.id).values_list("session_key", flat=True)),
    )


@pytest.mark.parametrize("route", routes())
def test_what_is_anothers_is_not_there(
    route: str, fresh_http: Callable[[], httpx.Client], victim: Person, hers: Ids, bob: Person
) -> None:
    missing = set(PARAMETER.findall(route)) - set(asdict(hers))
    assert not missing, f"add the parameters {missing} to `Ids`"
    before = state(victim)
    for who, credentials in askers(bob).items():
        refused: set[str] = set()  # methods that this route does not have
        for (method, on_hers), (_, on_nothing) in zip(ways(hers, route), ways(NOBODYS, route), strict=True):
            if method in refused:
                continue
            http = fresh_http()
            answers = [
                ask(http, method, ids.fill(route), credentials(), **over)
                for ids, over in ((hers, on_hers), (NOBODYS, on_nothing))
            ]
            assert answers[0] == answers[1], (who, method, on_hers)
            refused |= {method} if answers[0][0] == HTTPStatus.METHOD_NOT_ALLOWED else set()
    assert state(victim) == before


def test_operators_pages_are_for_operators(http: httpx.Client, hers: Ids, bob: Person) -> None:
    for route in (route for route in django_routes() if route.startswith(ADMIN)):
        path = re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>|[$^]", hers.token_id, route)
        for who, credentials in askers(bob).items():
            answer = http.get(path, headers=credentials())
            assert answer.status_code in {301, 302, 403, 404}, (who, path)
            assert CANARY not in answer.text


def test_there_are_routes() -> None:
    """With an empty list of routes, all tests above would pass without a test of anything."""
    assert {"/", "/ingest", "/api/export", "/api/events", "/events/<str:seq>", "/sync/pull", "/mcp", *STREAMS} <= set(
        routes()
    )
