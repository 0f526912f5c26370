"""The table of bad request bodies and the answer to each, at both endpoints."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.events.make import make_event
from tests.people import Person

Post = Callable[..., httpx.Response]


@pytest.fixture(params=["/ingest", "/sync/push"])
def post(request: pytest.FixtureRequest, alice: Person) -> Post:
    def post(content: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return alice.http.post(request.param, content=content, headers=named)

    return post


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    return str(answer.json()["code"])


NOT_A_BATCH = {
    "empty": b"",
    "number": b"1",
    "null": b"null",
    "string": b'"x"',
    "list": b"[]",
    "events not a list": b'{"events":{}}',
    "truncated": b'{"events":[{"id":',
    "two values": b'{"events":[]} {}',
    "trailing comma": b'{"events":[],}',
    "UTF-16": '{"events":[]}'.encode("utf-16"),
    "invalid UTF-8": b'{"events":["\xff"]}',
    "raw NUL": b'{"events":["\x00"]}',
    "NaN": b'{"events":[{"id":NaN}]}',
    "Infinity": b'{"events":[{"id":-Infinity}]}',
    "other members": b'{"events":[],"more":1}',
    "events twice": b'{"events":[],"events":[]}',
    "never closed": b'{"events":[{"id":' + b"[" * 100_000,
    "deep list": b"[" * 100_000,
}


@pytest.mark.parametrize("body", NOT_A_BATCH.values(), ids=NOT_A_BATCH)
def test_a_body_that_is_no_batch_is_refused(post: Post, body: bytes) -> None:
    answer = post(body)
    assert (answer.status_code, code(answer)) == (400, "malformed_json")


def test_an_empty_batch_accepts_nothing(post: Post) -> None:
    answer = post(b'{"events":[]}')
    assert (answer.status_code, answer.content) == (200, b'{"accepted":0}')


def test_a_byte_order_mark_is_taken(post: Post) -> None:
    answer = post(b"\xef\xbb\xbf" + json.dumps(make_event()).encode())
    assert (answer.status_code, answer.content) == (200, b'{"accepted":1}')


def test_a_body_in_chunks_is_stored(post: Post, alice: Person) -> None:
    event = make_event()
    text = json.dumps(event).encode()
    answer = post(iter([text[:10], text[10:]]))
    assert answer.json() == {"accepted": 1}
    assert [kept["id"] for kept in alice.walk()] == [event["id"]]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=nonsense"],
)
def test_another_content_type_is_415(post: Post, kind: str) -> None:
    answer = post(json.dumps(make_event()), content_type=kind)
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON; charset=UTF-8"]
)
def test_json_is_taken(post: Post, kind: str) -> None:
    assert post(json.dumps(make_event()), content_type=kind).json() == {"accepted": 1}


def test_gzip_is_taken(post: Post) -> None:
    body = gzip.compress(json.dumps(make_event()).encode())
    assert post(body, content_encoding="gzip").json() == {"accepted": 1}


def test_gzip_in_several_members_is_taken(post: Post) -> None:
    text = json.dumps(make_event()).encode()
    assert post(gzip.compress(text[:9]) + gzip.compress(text[9:]), content_encoding="gzip").json() == {"accepted": 1}


@pytest.mark.sweep
def test_an_inflation_bomb_is_cut_at_the_limit(post: Post) -> None:
    answer = post(gzip.compress(b" " * 200_000_000, compresslevel=9), content_encoding="gzip")
    assert (answer.status_code, code(answer)) == (413, "too_large")
    assert answer.json()["limits"]["inflated_bytes"] == 16_777_216


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"{}" * 100)[:-9]], ids=["other", "cut"])
def test_broken_gzip_is_refused(post: Post, body: bytes) -> None:
    answer = post(body, content_encoding="gzip")
    assert (answer.status_code, code(answer)) == (400, "malformed_json")


def make_large_batch(count: int = 250) -> list[dict[str, Any]]:
    """Events of a body that the server parses and stores in parts."""
    return [make_event(data={"session_id": "s", "out": f"{number} " + "x" * 400}) for number in range(count)]


@pytest.mark.parametrize("encode", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_large_batch_is_stored_in_its_order(post: Post, alice: Person, encode: Callable[[bytes], bytes]) -> None:
    events = make_large_batch()
    events[120]["kind"], events[240] = None, {"id": "x"}
    batch = [*events, events[0], events[249]]
    encoding = {} if encode is bytes else {"content_encoding": "gzip"}
    answer = post(encode(json.dumps({"events": batch}, separators=(",", ":")).encode()), **encoding).json()
    assert (answer["accepted"], answer["duplicates"]) == (248, 2)
    assert [(one["index"], one["code"]) for one in answer["rejected"]] == [(120, "bad_kind"), (240, "bad_ts")]
    kept = [event for index, event in enumerate(events) if index not in (120, 240)]
    assert [event["id"] for event in alice.walk()] == [event["id"] for event in kept]


@pytest.mark.parametrize("last", [b'"\xff"', b'{"id":"\x00"}', b'{"id":NaN}', b"01", b'{"a":"\\x"}', b"["])
def test_a_large_body_with_a_broken_end_stores_nothing(post: Post, alice: Person, last: bytes) -> None:
    text = json.dumps(make_large_batch(), separators=(",", ":")).encode()
    assert code(post(b'{"events":' + text[:-1] + b"," + last + b"]}")) == "malformed_json"
    assert alice.walk() == []


def test_an_unknown_encoding_is_415(post: Post) -> None:
    assert post(b"{}", content_encoding="br").status_code == 415


def test_a_request_over_8_mib_is_413_with_the_limits(post: Post) -> None:
    answer = post(b" " * 8_388_609)
    assert (answer.status_code, code(answer)) == (413, "too_large")
    assert answer.json()["limits"] == {
        "event_bytes": 1_048_576,
        "request_bytes": 8_388_608,
        "inflated_bytes": 16_777_216,
        "events": 1_000,
        "nesting": 500,
        "streams_per_user": 40,
        "streams_per_address": 500,
    }


def test_over_a_thousand_events_are_413(post: Post) -> None:
    answer = post(json.dumps({"events": [make_event() for _ in range(1_001)]}))
    assert (answer.status_code, code(answer)) == (413, "too_large")


@pytest.mark.sweep
def test_a_thousand_events_are_taken(post: Post) -> None:
    assert post(json.dumps({"events": [make_event() for _ in range(1_000)]})).json() == {"accepted": 1_000}


def test_a_large_event_is_rejected_among_its_neighbours(post: Post) -> None:
    events = [make_event(), make_event(data="x" * 1_048_576), make_event()]
    answer = post(json.dumps({"events": events})).json()
    assert answer["accepted"] == 2
    assert [(one["index"], one["id"], one["code"]) for one in answer["rejected"]] == [(1, events[1]["id"], "too_large")]


def test_a_large_event_sent_bare_is_413(post: Post) -> None:
    answer = post(json.dumps(make_event(data="x" * 1_048_576)))
    assert (answer.status_code, code(answer)) == (413, "too_large")


def test_an_event_of_exactly_the_limit_is_taken(post: Post) -> None:
    event = make_event(data="")
    event["kind"]["data"]["data"] = "x" * (1_048_576 - len(json.dumps(event)))
    assert post(json.dumps(event)).json() == {"accepted": 1}


@pytest.mark.parametrize("levels", [501, 1_000, 100_000])
def test_deep_nesting_is_rejected_among_its_neighbours(post: Post, levels: int) -> None:
    deep = json.dumps(make_event(data="DEEP")).replace('"DEEP"', "[" * levels + "]" * levels)
    answer = post(f'{{"events":[{deep},{json.dumps(make_event())}]}}').json()
    assert (answer["accepted"], answer["rejected"][0]["code"]) == (1, "too_deep")


def test_nesting_within_the_limit_is_taken(post: Post) -> None:
    deep = json.dumps(make_event(data="DEEP")).replace('"DEEP"', "[" * 490 + "]" * 490)
    assert post(deep).json() == {"accepted": 1}


def test_no_credential_is_401_with_a_challenge(post: Post) -> None:
    answer = post(b"{}", authorization="")
    assert (answer.status_code, code(answer)) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_get_is_405_with_what_is_allowed(alice: Person) -> None:
    for path in ("/ingest", "/sync/push"):
        answer = alice.http.get(path)
        assert (answer.status_code, code(answer)) == (405, "method_not_allowed")
        assert "POST" in answer.headers["allow"]
