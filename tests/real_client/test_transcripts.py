"""The content of the real client's transcripts: the cost of each answer, and sessions that were not captured."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.memory.likeness import unlike
from tests.people import People, Person
from tests.real_client.machine import Machine, own, stored
from tests.real_client.terminal import ENDED, terminal
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

# The hooks that a transcript shows; it does not show the rest of the twelve.
TOLD = {"SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "SubagentStart"}
TOLD |= {"SubagentStop", "Stop", "SessionEnd", "TaskCompleted"}
KEPT = ["hook_event_name", "session_id", "prompt_id", "prompt", "tool_name", "tool_use_id", "error", "agent_id"]
KEPT += ["agent_type", "last_assistant_message", "source", "cwd", "task_id", "task_subject", "task_description"]


def essence(payload: dict[str, Any]) -> str:
    """The members of a payload that a transcript also holds: no duration of a tool, no layout of its answer.

    A transcript records the end of a session outside of any prompt.
    """
    outside = {"prompt_id"} if payload["hook_event_name"] == "SessionEnd" else set()
    return json.dumps({key: payload[key] for key in KEPT if key in payload and key not in outside})


def test_each_answer_is_counted_once(machine: Machine, alice: Person, server: Server) -> None:
    machine.connect(alice.token, server.url)
    session = machine.play("tour")
    wait_for(lambda: len(own(alice, "Usage")) >= len(session.requests), what="the usage")
    usage = own(alice, "Usage")
    assert len(usage) == len(session.requests)
    assert {one["model"] for one in usage} == {request["body"]["model"] for request in session.requests}
    assert sum(one["input_tokens"] for one in usage) == 100 * len(usage)
    assert sum(one["output_tokens"] for one in usage) == 20 * len(usage)
    assert {one["session_id"] for one in usage} == {session.id()}
    assert [one["agent_type"] for one in usage if "agent_id" in one] == ["general-purpose"] * 2
    # An import neither stores nor counts again what was captured live.
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


def elsewhere(machine: Machine, into: Path) -> Machine:
    """A machine with the transcripts of this one, as if hooks other than Memfog's had run there."""
    for file in (machine.home / ".claude" / "projects").rglob("*.json*"):
        copy = into / file.relative_to(machine.home)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text().replace("memfog-hook", "another-hook"))
    return replace(machine, home=into)


def assert_alike(machine: Machine, live: Person, imported: Person, url: str, *but: str) -> None:
    """Asserts that the derived rows of the captured and of the imported session differ only in these lines."""
    other = elsewhere(machine, machine.home.with_name("elsewhere"))
    other.connect(imported.token, url)
    other.memfog("import")
    # The client writes the last lines of a transcript after its hooks ran; only then can the shipper read them.
    used = len(own(imported, "Usage"))
    wait_for(lambda: machine.memfog("flush") and len(own(live, "Usage")) >= used, what="the usage")
    # Only a live session has events for injected context and for reminders to a person.
    found = [line for line in unlike(live.id, imported.id) if not line.startswith(("context", "event"))]
    assert found == list(but)
    (other.home / ".memfog" / "auth.json").unlink()


def test_what_a_subagent_did_is_derived_alike(machine: Machine, people: People, server: Server) -> None:
    live, imported = people(), people()
    machine.connect(live.token, server.url)
    machine.play("errand")
    # Only the live payload holds the old content of a file that was overwritten.
    written = (
        "Observation outcome: −1 | ",
        "Observation stored_text: notes.txt\n-delta | notes.txt\n",
        "Observation tokens: 9 | 7",
    )
    assert_alike(machine, live, imported, server.url, *written)


def test_a_session_that_was_resumed_compacted_and_forked_is_derived_alike(
    machine: Machine, people: People, server: Server
) -> None:
    live, imported = people(), people()
    machine.connect(live.token, server.url)
    session = machine.play("tour").id()
    machine.play("wide", prompt="And now? [[play:again]]", arguments=["--resume", session])
    machine.play("tour", prompt="/compact keep the names", arguments=["--resume", session])
    machine.play("wide", prompt="Elsewhere. [[play:again]]", arguments=["--resume", session, "--fork-session"])
    assert_alike(machine, live, imported, server.url)


def test_a_session_at_the_keyboard_is_derived_alike(machine: Machine, people: People, server: Server) -> None:
    live, imported = people(), people()
    machine.record()
    machine.connect(live.token, server.url)
    allowed = ("--permission-mode", "default", "--allowedTools", "Bash(sleep:*)")

    def fires(event: str, times: int = 1) -> None:
        wait_for(lambda: machine.fired(event) >= times, what=f"{event} × {times}")

    with terminal("patience", home=machine.home, project=machine.project, out=machine.out, arguments=allowed) as claude:
        fires("SessionStart")
        claude.say("Sleep a while. [[play:sleeps]]")
        fires("PreToolUse")
        claude.say("And hurry up.")
        fires("UserPromptSubmit", 2)
        fires("Stop")
        claude.say("/rename A name of its own")
        claude.sees("Session renamed")
        claude.say("Again. [[play:anew]]")
        fires("Stop", 2)
        claude.say("/branch")
        fires("SessionStart", 2)
        claude.say("Here, too. [[play:anew]]")
        fires("Stop", 3)
        claude.say("/exit")
        claude.sees(ENDED)
        fires("SessionEnd", 2)
    # A transcript does not hold the reason why the session ended.
    reasons = ("Session reason: resume | other", "Session reason: prompt_input_exit | other")
    assert_alike(machine, live, imported, server.url, *reasons)


def test_hooks_that_were_connected_half_way_add_to_what_is_imported(
    machine: Machine, alice: Person, server: Server
) -> None:
    machine.record()
    session = machine.play("tour").id()
    machine.connect(alice.token, server.url)
    machine.play("wide", prompt="And now? [[play:again]]", arguments=["--resume", session])
    for _ in range(2):
        machine.memfog("import")
    told = [json.loads(text) for text in machine.seen()]
    assert sorted(essence(json.loads(text)) for _, text in stored(alice)) == sorted(
        essence(one) for one in told if one["hook_event_name"] in TOLD
    )
