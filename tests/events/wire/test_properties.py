"""Properties over arbitrary values: a pull returns each pushed event, and no order of pushes and pulls loses one."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.wire import batch_parser, fast_path
from events.wire.json_text import JsonReader, compact_json, nesting_depth
from events.wire.timestamps import parse_rfc3339
from tests.events.make import make_event
from tests.examples import at_most
from tests.people import People

THROUGH_THE_DOOR = at_most(40)
PURE = at_most(300)

anything = st.text(st.characters())  # includes lone surrogates
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | anything,
    lambda inner: st.lists(inner) | st.dictionaries(anything, inner),
    max_leaves=30,
)


@THROUGH_THE_DOOR
@given(values, st.sampled_from([None, 1, "\t"]), st.sampled_from(["/ingest", "/sync/push"]))
def test_any_value_comes_back_as_the_same_text(people: People, value: Any, indent: Any, door: str) -> None:
    alice = people()
    kind = json.dumps({"type": "HookEvent", "data": {"hook": "stop", "data": value}}, indent=indent)
    body = json.dumps(make_event(kind=0)).replace('"kind": 0', f'"kind": {kind}')
    assert alice.http.post(door, content=body).json() == {"accepted": 1}
    assert f'"kind":{kind}'.encode() in alice.http.post("/sync/pull", json={}).content


@THROUGH_THE_DOOR
@given(st.lists(st.tuples(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 5)), max_size=12))
def test_no_interleaving_loses_or_repeats(people: People, steps: list[tuple[list[int], int]]) -> None:
    """The ids come from a small set, so that batches overlap. Some steps read a page."""
    alice, seen, cursor = people(), [], ""
    for numbers, limit in steps:
        if numbers:
            alice.push(*[make_event(id=str(UUID(int=number))) for number in numbers])
        if limit:
            page = alice.http.post("/sync/pull", json={"cursor": cursor, "limit": limit}).json()
            seen += [event["id"] for event in page["events"]]
            cursor = page["next_cursor"]
    seen += [event["id"] for event in alice.walk(cursor)]
    assert sorted(seen) == sorted({str(UUID(int=number)) for numbers, _ in steps for number in numbers})


@PURE
@given(values, st.sampled_from([None, 2, "\t"]))
def test_a_reader_returns_each_value_with_its_text(value: Any, indent: Any) -> None:
    text = json.dumps(value, indent=indent)
    read = JsonReader(f" {text} ").read_value()
    assert read.text == text
    assert json.dumps(read.value) == json.dumps(value)
    assert json.loads(compact_json(text)) == json.loads(text)
    assert "\n" not in compact_json(text)


def _written_as_usual(**members: Any) -> str:
    """An event with the member order and the separators of Memfog's own client."""
    event = {key: value for key, value in (USUAL | members).items() if value is not None}
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


USUAL: dict[str, Any] = {
    "id": "0198f3a2-1111-4222-8333-444455556666",
    "ts": "2026-11-21T08:00:00.123456Z",
    "project": "/home/dev/my-repo",
    "schema_version": 1,
    "kind": {"type": "HookEvent", "data": {"hook": "stop", "data": {}}},
    "root": "/home/dev",
    "repo": "github.com/owner/name",
    "client": {"name": "memfog", "version": "0.1.0", "redactions": {"jwt": 1}},
}
member = st.sampled_from(["id", "ts", "project", "schema_version", "kind", "root", "repo", "client"])


@PURE
@given(
    st.dictionaries(member, values, max_size=3),
    st.integers(1, 400),
    st.integers(0, 3),
    st.sampled_from(["", '"', "},"]),
)
def test_the_usual_way_reads_what_the_exact_way_reads(changed: Any, at: int, drop: int, add: str) -> None:
    text = _written_as_usual(**changed)
    text = text[:at] + add + text[at + drop :]
    assert _read(text) == _read(f"{{ {text[1:]}")  # a space after the brace makes the event unusual
    batch = f'{{"events":[{_written_as_usual()},{text}]}}'
    assert _read(batch) == _read(f"\ufeff{batch}")  # a byte order mark makes the whole body unusual
    if parts := batch_parser.parse_parts(batch.encode("utf-8", "surrogatepass"), size=1):
        whole, _ = _read(batch)
        both = list(parts)
        assert len(both) == 2
        assert [event for part in both for event in part.events] == whole.events
        assert [one for part in both for one in part.rejected] == whole.rejected


def test_a_usual_body_has_its_events_once() -> None:
    event = _written_as_usual()
    assert fast_path.parse_elements(f' {{ "events": [{event}] }}\n'.encode())
    for unusual in (
        f'{{"events":[{event}],"events":[{event}]}}',
        f'{{"events":[{event}]}}}}',
        f'{{"events":[{event}],}}',
    ):
        assert fast_path.parse_elements(unusual.encode()) is None
        assert _read(unusual) == "malformed"


@pytest.mark.parametrize("twice", ['"root":"/other"', '"kind":{"type":"Other","data":{}}', '"id":"x"', '"ts":"x"'])
@pytest.mark.parametrize("where", [',"kind":', ',"root":', ',"client":'])
def test_a_member_that_stands_twice_is_unusual(twice: str, where: str) -> None:
    text = _written_as_usual().replace(where, f",{twice}{where}")
    assert fast_path.parse_event(text.encode()) is None
    batch, _ = _read(f'{{"events":[{text}]}}')
    assert [one.code for one in batch.rejected] == ["duplicate_key"]


def _read(text: str) -> Any:
    try:
        return batch_parser.parse_body(text.encode("utf-8", "surrogatepass"))
    except batch_parser.MalformedBody:
        return "malformed"


@pytest.mark.parametrize("left_out", [{}, {"root": None}, {"repo": None, "client": None}, {"schema_version": None}])
def test_what_our_client_writes_is_usual(left_out: Any) -> None:
    text = _written_as_usual(**left_out)
    event = fast_path.parse_event(text.encode())
    assert event
    assert json.loads(event.text) == {"schema_version": 1} | json.loads(text)


@pytest.mark.parametrize(
    "changed",
    [
        {"project": "x" * 2_000},
        {"project": 'a"b'},
        {"schema_version": 2},
        {"ts": "now"},
        {"kind": {"type": ""}},
        {"kind": {"type": "Other", "data": {"deep": [[]] * 600}}},
        {"client": 1},
        {"extra": 1},
    ],
    ids=ascii,
)
def test_what_is_unusual_is_left_to_the_exact_way(changed: Any) -> None:
    assert fast_path.parse_event(_written_as_usual(**changed).encode()) is None


@PURE
@given(values)
def test_depth_counts_brackets_outside_of_strings(value: Any) -> None:
    def deep(value: Any) -> int:
        if not isinstance(value, list | dict):
            return 0
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(deep, inner), default=0)

    assert nesting_depth(json.dumps(value)) == deep(value)


@PURE
@given(st.datetimes(), st.text("0123456789:.-Tt \u0663", max_size=2), st.integers(0, 22))
def test_times_of_the_usual_form_are_read_like_others(instant: Any, changed: str, at: int) -> None:
    text = instant.isoformat(timespec="milliseconds")
    text = text[:at] + changed + text[at + len(changed) :]
    assert parse_rfc3339(f"{text}Z") == parse_rfc3339(f"{text}+00:00")


@PURE
@given(st.datetimes(timezones=st.timezones()))
def test_times_agree_with_datetime(instant: Any) -> None:
    text = instant.isoformat()
    if instant.utcoffset().seconds % 60 or instant.utcoffset().microseconds:
        assert parse_rfc3339(text) is None
    else:
        since = instant - type(instant).fromisoformat("1970-01-01T00:00:00+00:00")
        assert parse_rfc3339(text) == (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
