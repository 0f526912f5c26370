"""A person at the keyboard: answers, interrupts, starts agents, compacts, clears, leaves."""

import json
from collections import Counter

import pytest

from tests.people import Person
from tests.real_client.machine import Machine, stored
from tests.real_client.terminal import ENDED, Terminal, terminal
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

# Allowed without a question: any tool of the scenario except writing files.
ALLOWED = ("--permission-mode", "default", "--allowedTools", "Bash(tail:*)", "Bash(ls:*)", "Agent")


def test_a_session_at_the_keyboard_is_stored_once_byte_for_byte(
    machine: Machine, alice: Person, server: Server
) -> None:
    machine.record()
    machine.connect(alice.token, server.url, "--extra")
    machine.project.mkdir(parents=True)
    (machine.project / "notes.txt").write_text("alpha\n")
    with terminal("keyboard", home=machine.home, project=machine.project, out=machine.out, arguments=ALLOWED) as claude:
        walk_through(machine, claude)

    seen = machine.seen(extra=True)
    machine.memfog("flush")
    wait_for(lambda: len(stored(alice)) >= len(seen), what=f"{len(seen)} events")
    events = stored(alice)
    assert Counter(text for _, text in events) == Counter(seen)
    payloads = [json.loads(text) for text in seen]
    starts = [one["source"] for one in payloads if one["hook_event_name"] == "SessionStart"]
    assert starts == ["startup", "compact", "clear"]
    ends = [one["reason"] for one in payloads if one["hook_event_name"] == "SessionEnd"]
    assert ends == ["clear", "prompt_input_exit"]
    assert {"notification", "permission_request", "pre_compact", "post_compact", "stop_failure", "subagent_stop"} <= {
        hook for hook, _ in events
    }


def walk_through(machine: Machine, claude: Terminal) -> None:
    """Each step waits for its hook, as a person waits for the screen."""

    def fires(event: str, times: int = 1, **fields: str) -> None:
        wait_for(lambda: machine.fired(event, **fields) >= times, what=f"{event} {fields} × {times}")

    fires("SessionStart")
    claude.say("Please make it. [[play:asks]]")
    fires("PermissionRequest")
    # The client reminds a person who does not answer for some seconds.
    fires("Notification", notification_type="permission_prompt")
    claude.press("1")
    fires("Stop")

    claude.say("Follow them. [[play:waits]]")
    fires("PreToolUse", 2)
    claude.press("Escape")
    claude.sees("Interrupted")

    claude.say("Send somebody. [[play:sends]]")
    # Once for the answer, once for the result of the background agent.
    fires("SubagentStop", agent_type="general-purpose")
    fires("Stop", 3)

    claude.say("Ask in vain. [[play:fails]]")
    fires("StopFailure")

    claude.say("/compact keep the names")
    fires("PostCompact")
    claude.say("/clear")
    fires("SessionStart", source="clear")
    claude.say("Hello again. [[play:anew]]")
    fires("Stop", 4)
    claude.say("/exit")
    claude.sees(ENDED)
    fires("SessionEnd", 2)
