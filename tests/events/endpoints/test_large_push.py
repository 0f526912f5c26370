"""A large `POST /sync/push` is answered without Django, and exactly as a small one."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from accounts.models import Scope
from events.endpoints.request_body import LARGE_BODY_BYTES
from tests.events.make import make_event
from tests.people import People, Person

# White space after a body changes nothing but its size.
PADDING = b" " * (LARGE_BODY_BYTES + 1)
# What differs between any two responses, and what Django and the native routes add to each of theirs.
OWN = ("date", "x-request-id", "content-length", "allow", "vary", "cache-control")

EVENTS = {"events": [make_event(), {**make_event(), "ts": "yesterday"}, 3]}
BODIES: dict[str, Any] = {
    "events": EVENTS,
    "nothing": {"events": []},
    "an event": make_event(),
    "an invalid event": {**make_event(), "id": "x"},
    "deletions": EVENTS | {"deleted": [make_event()["id"]]},
    "another member": EVENTS | {"more": 1},
    "no list": {"events": {}},
    "too many": {"events": [1] * 1_001},
    "no object": [],
}
HEADERS: dict[str, Mapping[str, str]] = {
    "no credential": {"Authorization": ""},
    "another scheme": {"Authorization": "Basic abc"},
    "a wrong token": {"Authorization": "Bearer mfg_x"},
    "a wrong access token": {"Authorization": "Bearer a.b.c"},
    "another origin": {"Origin": "https://example.com"},
    "another type": {"Content-Type": "text/plain"},
    "another encoding": {"Content-Encoding": "br"},
}


def answer(person: Person, body: bytes, headers: Mapping[str, str] = {}) -> tuple[int, dict[str, str], Any]:
    found = person.http.post("/sync/push", content=body, headers={"Content-Type": "application/json"} | dict(headers))
    values = found.json()
    return found.status_code, comparable(found), {key: values[key] for key in values if key != "request_id"}


def comparable(found: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in found.headers.items() if name not in OWN}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("scope", [Scope.FULL, Scope.SYNC])
def test_any_body_is_answered_alike(name: str, scope: Scope, people: People) -> None:
    body = json.dumps(BODIES[name]).encode()
    small, large, zipped = (people(scope=scope) for _ in range(3))
    expected = answer(small, body)
    assert answer(large, body + PADDING) == expected
    assert answer(zipped, gzip.compress(body + PADDING), {"Content-Encoding": "gzip"}) == expected
    assert [len(one.walk()) for one in (large, zipped)] == [len(small.walk())] * 2


@pytest.mark.parametrize("name", HEADERS)
def test_any_head_is_answered_alike(name: str, alice: Person, bob: Person) -> None:
    body = json.dumps(EVENTS).encode()
    assert answer(bob, body + PADDING, HEADERS[name]) == answer(alice, body, HEADERS[name])


@pytest.mark.parametrize("name", ["no end", "two bodies", "a mark", "no UTF-8", "two lists"])
def test_any_text_is_answered_alike(name: str, alice: Person, bob: Person) -> None:
    text = json.dumps(EVENTS).encode()
    body = {
        "no end": text[:-1] + b"x",
        "two bodies": text + text,
        "a mark": b"\xef\xbb\xbf" + text,
        "no UTF-8": text.replace(b"HookEvent", b"\xff"),
        "two lists": text[:-1] + b',"events":[]}',
    }[name]
    assert answer(bob, body + PADDING) == answer(alice, body)
