"""Large, parallel, non-ASCII, resumed and compacted sessions, without a person at the keyboard."""

import json
from collections import Counter

import pytest

from tests.people import Person
from tests.real_client.machine import Machine, stored
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

EVENT_LIMIT = 1024 * 1024 - 8192


def test_a_megabyte_bytes_and_tools_at_once_arrive(machine: Machine, alice: Person, server: Server) -> None:
    machine.record()
    machine.connect(alice.token, server.url)
    machine.play("wide")
    seen = machine.seen()
    machine.memfog("flush")
    wait_for(lambda: len(stored(alice)) >= len(seen), what=f"{len(seen)} events")
    texts = [text for _, text in stored(alice)]
    whole = [text for text in seen if len(text.encode()) < EVENT_LIMIT]
    assert len(seen) - len(whole) == 1
    cut = Counter(texts) - Counter(whole)
    assert sum(cut.values()) == 1
    (one,) = cut
    assert json.loads(one)["tool_name"] == "Write"
    assert "[cut by memfog: 1000000 bytes" in one
    hooks = Counter(hook for hook, _ in stored(alice))
    assert (hooks["pre_tool_use"], hooks["post_tool_use"], hooks["post_tool_failure"]) == (5, 4, 1)
    assert {event["project"] for event in alice.walk()} == {str(machine.project)}


def test_a_session_that_is_resumed_and_compacted_goes_on_being_captured(
    machine: Machine, alice: Person, server: Server
) -> None:
    machine.record()
    machine.connect(alice.token, server.url, "--extra")
    session = machine.play("wide").id()
    machine.play("wide", prompt="And now? [[play:again]]", arguments=["--resume", session])
    machine.play("wide", prompt="/compact keep the names", arguments=["--resume", session])
    seen = [text for text in machine.seen(extra=True) if len(text.encode()) < EVENT_LIMIT]
    machine.memfog("flush")
    wait_for(lambda: not Counter(seen) - Counter(text for _, text in stored(alice)), what="every event")
    payloads = [json.loads(text) for _, text in stored(alice)]
    assert {one["session_id"] for one in payloads} == {session}
    started = [one["source"] for one in payloads if one["hook_event_name"] == "SessionStart"]
    assert (started[0], started.count("resume"), started.count("compact")) == ("startup", 2, 1)
    assert Counter(hook for hook, _ in stored(alice))["pre_compact"] == 1
    summaries = [one["compact_summary"] for one in payloads if one["hook_event_name"] == "PostCompact"]
    assert len(summaries) == 1
    assert "The user saw wide output." in summaries[0]
