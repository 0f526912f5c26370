"""The first request of a new session holds the context of Memfog. A resumed session does not ask for it again."""

import json

import pytest

from tests.real_client.context_api import TOKEN, Memory, memory
from tests.real_client.machine import ATTENDED, Machine
from tests.real_client.session import Session
from tests.server import wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

# Longer than the longest text that the host takes from a hook: above that limit it shows the path of a file instead.
LONGEST = "# Memory\n" + "The tests run with `script/test`; größer 🜂. " * 300


def first_request(session: Session) -> str:
    return json.dumps(session.requests[0]["body"]["messages"], ensure_ascii=False)


def injected(running: Memory) -> list[dict[str, object]]:
    return [event["kind"]["data"] for event in running.events if event["kind"]["type"] == "ContextInjected"]


def test_a_new_session_knows_what_memfog_remembers(machine: Machine) -> None:
    text = LONGEST.encode("utf-16-le")[:19_400].decode("utf-16-le", errors="ignore").rstrip()
    with memory(text) as running:
        machine.connect(TOKEN, running.url)
        session = machine.play("wide", prompt="Begin. [[play:again]]", entrypoint=ATTENDED)
        assert json.dumps(text, ensure_ascii=False)[1:-1] in first_request(session)
        (asked,) = running.asked
        assert asked == {"project": [str(machine.project)], "root": [str(machine.project)], "source": ["startup"]}

        again = machine.play(
            "wide", prompt="And now? [[play:again]]", arguments=["--resume", session.id()], entrypoint=ATTENDED
        )
        assert again.id() == session.id()
        assert len(running.asked) == 1
        machine.memfog("flush")
        wait_for(lambda: injected(running), what="the event of the injected context")
        (told,) = injected(running)
        assert (told["session_id"], told["items"], told["cut"]) == (session.id(), [{"id": "o-1", "tokens": 9}], False)


def test_a_session_that_a_program_starts_is_given_nothing_and_marked(machine: Machine) -> None:
    with memory("# Memory of one start") as running:
        machine.connect(TOKEN, running.url)
        session = machine.play("wide", prompt="Begin. [[play:again]]")
        assert "# Memory of one start" not in first_request(session)
        assert running.asked == []
        machine.memfog("flush")
        wait_for(lambda: running.events, what="the events of the session")
        hooks = [event for event in running.events if event["kind"]["type"] == "HookEvent"]
        assert {event["client"].get("entrypoint") for event in hooks} == {"sdk-cli"}


def test_a_session_that_two_settings_register_is_given_its_memory_once(machine: Machine) -> None:
    with memory("# Memory of one start") as running:
        machine.connect(TOKEN, running.url)
        machine.project.mkdir()
        words = ("connect", "claude-code", "--token", TOKEN, "--api", running.url, "--project-only")
        assert "hooks are now in" in machine.memfog(*words, folder=machine.project).stdout
        session = machine.play("wide", prompt="Begin. [[play:again]]", entrypoint=ATTENDED)
        assert first_request(session).count("# Memory of one start") == 1
        assert len(running.asked) == 1


def test_a_memory_that_is_too_long_is_cut_and_not_replaced_by_a_file(machine: Machine) -> None:
    with memory(LONGEST) as running:
        machine.connect(TOKEN, running.url)
        session = machine.play("wide", prompt="Begin. [[play:again]]", entrypoint=ATTENDED)
        assert "[cut here; ask Memfog for more]" in first_request(session)
        assert json.dumps(LONGEST[:9_000], ensure_ascii=False)[1:-1] in first_request(session)


def test_a_session_begins_without_a_memory_when_the_server_is_gone(machine: Machine) -> None:
    with memory(LONGEST) as running:
        machine.connect(TOKEN, running.url)
    session = machine.play("wide", prompt="Begin. [[play:again]]", entrypoint=ATTENDED)
    assert session.result() == "Still here."
    assert "# Memory\\n" not in first_request(session)
