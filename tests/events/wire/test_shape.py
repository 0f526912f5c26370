"""The rules for one event on the wire, and the code of the problem for each violation."""

import json
from typing import Any

import pytest

from events.wire.timestamps import format_rfc3339
from tests.events.make import make_event
from tests.people import Person

MISSING = object()

BAD = [
    ("id", MISSING, "bad_id"),
    ("id", 7, "bad_id"),
    ("id", "", "bad_id"),
    ("id", "00000000000040008000000000000001", "bad_id"),
    ("id", "{00000000-0000-4000-8000-000000000001}", "bad_id"),
    ("ts", MISSING, "bad_ts"),
    ("ts", 1700000000, "bad_ts"),
    ("ts", "2026-11-21T08:00:00", "bad_ts"),
    ("ts", "2026-13-01T08:00:00Z", "bad_ts"),
    ("ts", "2026-02-29T08:00:00Z", "bad_ts"),
    ("ts", "2026-02-30T24:00:00Z", "bad_ts"),
    ("ts", "yesterday", "bad_ts"),
    ("project", MISSING, "bad_project"),
    ("project", None, "bad_project"),
    ("project", "é" * 2_049, "bad_project"),
    ("project", "a\x00b", "invalid_text"),
    ("project", "a\ud800b", "invalid_text"),
    ("repo", 1, "bad_project"),
    ("root", "\udfff", "invalid_text"),
    ("kind", MISSING, "bad_kind"),
    ("kind", [], "bad_kind"),
    ("kind", {"data": {}}, "bad_kind"),
    ("kind", {"type": "", "data": {}}, "bad_kind"),
    ("kind", {"type": "x" * 65, "data": {}}, "bad_kind"),
    ("kind", {"type": "a\x00", "data": {}}, "invalid_text"),
    ("kind", {"type": "Other"}, "bad_kind"),
    ("kind", {"type": "Other", "data": []}, "bad_kind"),
    ("kind", {"type": "HookEvent", "data": {}}, "bad_kind"),
    ("kind", {"type": "HookEvent", "data": {"hook": "PostToolUse"}}, "bad_kind"),
    ("kind", {"type": "HookEvent", "data": {"hook": "a" * 65}}, "bad_kind"),
    ("kind", {"type": "HookEvent", "data": {"hook": "a\x00"}}, "invalid_text"),
    ("schema_version", 0, "bad_version"),
    ("schema_version", "1", "bad_version"),
    ("schema_version", True, "bad_version"),
    ("schema_version", 1.0, "bad_version"),
    ("schema_version", 2**31, "bad_version"),
    ("schema_version", 10**50, "bad_version"),
    ("client", "memfog", "unknown_key"),
    ("session", "s", "unknown_key"),
]


@pytest.mark.parametrize(
    ("key", "value", "code"), BAD, ids=lambda value: "missing" if value is MISSING else ascii(value)[:40]
)
def test_what_is_not_valid_is_rejected_by_name(alice: Person, key: str, value: Any, code: str) -> None:
    bad = make_event(**{key: value}) if value is not MISSING else make_event()
    if value is MISSING:
        del bad[key]
    good = make_event()
    answer = alice.push(bad, good)
    assert (answer["accepted"], [one["code"] for one in answer["rejected"]]) == (1, [code])
    assert [event["id"] for event in alice.walk()] == [good["id"]]
    bare = alice.http.post("/ingest", content=json.dumps(bad))
    assert (bare.status_code, bare.json()["code"]) == (400, code)


def test_what_is_not_even_an_object_is_rejected(alice: Person) -> None:
    answer = alice.http.post("/sync/push", json={"events": [1, None, [], "x", make_event()]}).json()
    assert answer["accepted"] == 1
    assert [one["code"] for one in answer["rejected"]] == ["bad_id"] * 4


def test_a_member_that_stands_twice_is_rejected(alice: Person) -> None:
    text = json.dumps(make_event())
    twice = '{"project":"/elsewhere",' + text[1:]
    answer = alice.http.post("/sync/push", content=f'{{"events":[{twice}]}}').json()
    assert answer["rejected"][0]["code"] == "duplicate_key"


TAKEN = [
    ("ts", "0001-01-01T00:00:00+14:00"),
    ("ts", "9999-12-31T23:59:59.999999999-14:00"),
    ("ts", "2024-02-29t08:00:00.1z"),
    ("ts", "2016-12-31T23:59:60Z"),
    ("project", ""),
    ("project", "/" + "x" * 3_000),
    ("project", "C:\\Users\\dev\\it's here"),
    ("project", "/מסמכים/🦊\n/x"),
    ("project", "x" * 4_096),
    ("repo", "github.com/owner/name"),
    ("root", "/home/dev"),
    ("client", {"name": "memfog", "version": "1", "redactions": {}}),
    ("schema_version", 2**31 - 1),
    ("kind", {"type": "Prompt", "data": {"text": "hello"}}),
    ("kind", {"type": "Whatever 🦊", "data": {}, "more": 1}),
    ("kind", {"type": "HookEvent", "data": {"hook": "a_hook_of_tomorrow"}}),
]


@pytest.mark.parametrize(("key", "value"), TAKEN, ids=lambda value: ascii(value)[:40])
def test_what_is_valid_comes_back_as_it_was_sent(alice: Person, key: str, value: Any) -> None:
    event = make_event(**{key: value})
    assert alice.push(event) == {"accepted": 1}
    (kept,) = alice.walk()
    assert {name: kept[name] for name in event} == event
    assert kept["user_id"] == str(alice.id)


def test_the_schema_version_is_1_unless_stated(alice: Person) -> None:
    event = make_event()
    del event["schema_version"]
    alice.push(event)
    assert alice.walk()[0]["schema_version"] == 1


def test_what_was_pulled_can_be_pushed(alice: Person, bob: Person) -> None:
    alice.push(make_event(), make_event(repo="github.com/o/n", root="/home"))
    assert bob.push(*alice.walk()) == {"accepted": 2}
    assert {event["user_id"] for event in bob.walk()} == {str(bob.id)}


def test_an_upper_case_id_is_the_same_event(alice: Person) -> None:
    event = make_event()
    assert alice.push(event) == {"accepted": 1}
    assert alice.push({**event, "id": event["id"].upper()}) == {"accepted": 0, "duplicates": 1}


EXACT = [
    "1e400",
    "-0.0",
    "0.10",
    "1E+2",
    "9" * 5_000,
    '{"b":1,"a":2,"b":3}',
    r'"\u0000"',
    r'"\ud83d"',
    r'"\ud83d\ude00 \u00e9 é 🦊 \/ \b"',
    "[ 1 ,\t2 ,\n3 ]",
    '"\u2028\u202e\x7f"',
    "{}",
    '""',
]


@pytest.mark.parametrize("door", ["/ingest", "/sync/push"])
@pytest.mark.parametrize("text", EXACT, ids=lambda text: ascii(text)[:30])
def test_kind_comes_back_byte_for_byte(alice: Person, door: str, text: str) -> None:
    kind = f'{{ "type":"HookEvent", "data":{{"hook":"stop","data":{text}}} }}'
    body = json.dumps(make_event(kind=0)).replace('"kind": 0', f'"kind": {kind}')
    assert alice.http.post(door, content=body.encode()).json() == {"accepted": 1}
    page = alice.http.post("/sync/pull", json={}).content.decode()
    assert f'"kind":{kind},' in page or f'"kind":{kind}}}' in page


def test_an_early_year_has_four_digits_too() -> None:
    assert format_rfc3339(-62_135_596_800_000_000) == "0001-01-01T00:00:00.000000Z"
