"""Parsing an event gives the same as a plain JSON parser, whatever the JSON holds, and never fails."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.wire import patterns
from events.wire.hook_event import HOOK_BY_KIND, HookEvent
from events.wire.json_values import get_mapping, get_text
from events.wire.timestamps import parse_rfc3339
from tests.dashboard.payloads import NAMES, event, hook, payload

RECEIVED = 1_790_000_000_000_000
AT, AT_US = "2026-05-04T10:20:30.25+02:00", parse_rfc3339("2026-05-04T08:20:30.25Z")
LOCATION = ("project", "root", "repo")


def plain(text: str) -> dict[str, object]:
    """The members of an event by the standard library's parser and their paths."""
    try:
        found = json.loads(text, parse_constant=lambda name: json.loads(f"not JSON: {name}"))
    except ValueError:
        found = None
    type_ = get_text(found, "kind", "type")
    within = ("kind", "data", "data") if type_ == "HookEvent" else ("kind", "data")
    ts_us = parse_rfc3339(get_text(found, "ts"))
    session_id = get_text(found, *within, "session_id")
    return {
        "kind": type_,
        "hook": get_text(found, "kind", "data", "hook") if type_ == "HookEvent" else HOOK_BY_KIND.get(type_, ""),
        "location": tuple(get_text(found, name) for name in LOCATION),
        "data": get_mapping(found, *within),
        "client": tuple(get_text(found, "client", name) for name in ("machine", "branch")),
        "session_id": session_id if patterns.SESSION_ID.fullmatch(session_id) else "",
        **{name: get_text(found, *within, name) for name in ("agent_id", "tool_name", "tool_use_id")},
        "ts_us": RECEIVED if ts_us is None else ts_us,
        "at_us": RECEIVED if ts_us is None else min(ts_us, RECEIVED),
    }


def agrees(text: str) -> None:
    told = plain(text)
    for made in (HookEvent.skim(7, text, RECEIVED), HookEvent.parse(7, text, RECEIVED)):
        seen = {"client": (made.header.client.machine, made.header.client.branch)}
        assert {name: seen.get(name) or getattr(made, name) for name in told} == told
        assert made.sort_key == (made.at_us, 7)
        assert made.at.utcoffset() == made.sent_at.utcoffset() == made.at - made.at


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_payload_says_whose_it_is_and_what_it_is_of(name: str) -> None:
    told, data = event(name, root="/home/dev", ts=AT), payload(name)
    made = HookEvent.parse(3, json.dumps(told), RECEIVED)
    assert (made.seq, made.kind, made.hook, made.at_us) == (3, "HookEvent", hook(name), AT_US)
    assert made.location == (data["cwd"], "/home/dev", "")
    assert (made.session_id, made.data) == (data["session_id"], data)
    members = ("agent_id", "tool_name", "tool_use_id")
    assert [getattr(made, member) for member in members] == [data.get(member, "") for member in members]
    agrees(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


@pytest.mark.parametrize(
    ("kind", "hook", "session_id"),
    [
        ({"type": "Prompt", "data": {"session_id": "s1"}}, "prompt_submit", "s1"),
        ({"type": "Usage", "data": {"session_id": "s1"}}, "usage", "s1"),
        ({"type": "Weather", "data": {"session_id": "s1", "hook": "stop"}}, "", "s1"),
        ({"type": "HookEvent", "data": {"session_id": "s1", "hook": "stop"}}, "stop", ""),
        ({"type": "HookEvent", "data": {"session_id": "s1", "data": {"session_id": "s2"}}}, "", "s2"),
        ({"type": "HookEvent", "data": {"hook": ["stop"], "data": {"session_id": "s2"}}}, "", "s2"),
        ({"type": "HookEvent", "data": {"hook": "stop", "data": {"session_id": "a/b", "tool_name": None}}}, "stop", ""),
        ({"type": "Prompt", "data": {"session_id": "s1", "data": 7}}, "prompt_submit", "s1"),
    ],
)
def test_what_is_unusual_is_read_as_far_as_it_goes(kind: Any, hook: str, session_id: str) -> None:
    text = json.dumps({"kind": kind})
    made = HookEvent.skim(1, text, RECEIVED)
    assert (made.hook, made.session_id) == (hook, session_id)
    agrees(text)


def test_a_member_that_stands_there_twice_counts_as_the_last() -> None:
    inner = '{"session_id":"s1","tool_name":"Read","session_id":"s2"}'
    text = f'{{"kind":{{"type":"HookEvent","data":{{"hook":"stop","data":{inner},"hook":"session_end"}}}}}}'
    made = HookEvent.skim(1, text, RECEIVED)
    assert (made.hook, made.session_id) == ("session_end", "s2")
    agrees(text)


@pytest.mark.parametrize(
    "text", ["", "{", "7", "[]", "nothing", '{"kind":', '{"ts":"\ud800"}', '{"a":NaN}', "[" * 20_000, '{"a":1}]']
)
def test_a_text_that_is_no_event_has_no_members(text: str) -> None:
    made = HookEvent.parse(1, text, RECEIVED)
    assert (made.kind, made.hook, made.session_id, made.data, made.at_us) == ("", "", "", {}, RECEIVED)


@pytest.mark.parametrize(
    ("ts", "at", "sent_at"),
    [
        ("2026-05-04T08:20:30Z", "2026-05-04T08:20:30", "2026-05-04T08:20:30"),
        ("2026-12-24T08:20:30Z", "2026-09-21T14:13:20", "2026-12-24T08:20:30"),
        ("0000-01-01T00:00:00+14:00", "2026-09-21T14:13:20", "2026-09-21T14:13:20"),
        ("9999-12-31T23:59:60-14:00", "2026-09-21T14:13:20", "2026-09-21T14:13:20"),
        ("yesterday", "2026-09-21T14:13:20", "2026-09-21T14:13:20"),
    ],
)
def test_a_page_shows_a_time_that_it_can_show(ts: str, at: str, sent_at: str) -> None:
    made = HookEvent.skim(1, json.dumps({"ts": ts}), RECEIVED)
    assert made.at == datetime.fromisoformat(f"{at}+00:00")
    assert made.sent_at == datetime.fromisoformat(f"{sent_at}+00:00")


MEMBERS = (
    *("id", "ts", "kind", "client", *LOCATION),
    *("machine", "branch", "type", "data", "hook", "session_id", "agent_id", "tool_name", "tool_use_id", "tool_input"),
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters())
    | st.sampled_from([*HOOK_BY_KIND, "HookEvent", "stop", "s1", AT, "Bash"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=16,
)
KINDS = st.sampled_from(["HookEvent", *HOOK_BY_KIND, "Weather"]) | JSON
HOST = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=6) | JSON
EVENTS = st.fixed_dictionaries(
    {
        "kind": st.fixed_dictionaries(
            {"type": KINDS, "data": st.fixed_dictionaries({}, optional={"data": HOST, "hook": JSON})}
        )
    },
    optional=dict.fromkeys(("ts", "client", *LOCATION), JSON),
)


@given(JSON | EVENTS, st.booleans(), st.sampled_from([None, 1]))
def test_any_json_reads_as_a_plain_parser_reads_it(value: object, as_ascii: bool, indent: int | None) -> None:
    agrees(json.dumps(value, ensure_ascii=as_ascii, indent=indent))


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, part in inner for place in places(part, (*path, name)))]


@given(st.data(), st.sampled_from(NAMES))
def test_a_recorded_payload_reads_so_whatever_becomes_of_it(data: st.DataObject, name: str) -> None:
    told: Any = event(name, root="/home/dev", ts=AT)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places(told)[1:]))
        holder = told
        for part in path:
            holder = holder[part]
        if data.draw(st.booleans()):
            holder[last] = data.draw(JSON)
        else:
            del holder[last]
    agrees(json.dumps(told))


@given(st.data(), st.sampled_from(NAMES))
def test_a_text_that_was_cut_or_changed_breaks_nothing(data: st.DataObject, name: str) -> None:
    text = json.dumps(event(name, ts=AT), ensure_ascii=False)
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.text(max_size=2)) + text[at + data.draw(st.integers(0, 3)) :]
    agrees(text)
