"""What the real client writes into its transcripts: the cost of each answer, and sessions that nobody captured."""

import json
from typing import Any

import pytest

from tests.people import Person
from tests.real_client.machine import Machine, own, stored
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.timeout(600)]

# What a transcript tells; the rest of the twelve it does not.
TOLD = {"SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "SubagentStart"}
TOLD |= {"SubagentStop", "Stop", "SessionEnd"}
KEPT = ["hook_event_name", "session_id", "prompt_id", "prompt", "tool_name", "tool_use_id", "error", "agent_id"]
KEPT += ["agent_type", "last_assistant_message", "source", "cwd"]


def essence(payload: dict[str, Any]) -> str:
    """What a payload tells and a transcript keeps: not how long a tool took, nor how its answer was laid out.

    That a session ended stands there by itself, outside of any prompt.
    """
    outside = {"prompt_id"} if payload["hook_event_name"] == "SessionEnd" else set()
    return json.dumps({key: payload[key] for key in KEPT if key in payload and key not in outside})


def test_each_answer_is_counted_once(machine: Machine, alice: Person, server: Server) -> None:
    machine.connect(alice.token, server.url)
    session = machine.play("tour")
    wait_for(lambda: len(own(alice, "Usage")) >= len(session.requests), what="the usage", seconds=60)
    usage = own(alice, "Usage")
    assert len(usage) == len(session.requests)
    assert {one["model"] for one in usage} == {request["body"]["model"] for request in session.requests}
    assert sum(one["input_tokens"] for one in usage) == 100 * len(usage)
    assert sum(one["output_tokens"] for one in usage) == 20 * len(usage)
    assert {one["session_id"] for one in usage} == {session.id()}
    assert [one["agent_type"] for one in usage if "agent_id" in one] == ["general-purpose"] * 2
    # What was captured live is not imported once more, nor counted.
    before = len(alice.walk())
    assert machine.memfog("import").stdout.startswith("Imported ")
    assert len(alice.walk()) == before


def test_a_session_that_nobody_captured_is_imported_as_the_hooks_would_have_told_it(
    machine: Machine, alice: Person, server: Server
) -> None:
    machine.record()
    machine.play("tour")
    machine.connect(alice.token, server.url)
    machine.memfog("import")
    told = [json.loads(text) for text in machine.seen()]
    imported = [json.loads(text) for _, text in stored(alice)]
    assert sorted(map(essence, imported)) == sorted(essence(one) for one in told if one["hook_event_name"] in TOLD)
    before = len(alice.walk())
    machine.memfog("import")
    assert len(alice.walk()) == before
