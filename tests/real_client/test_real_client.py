"""The real Claude Code, connected by Memfog's own command: every event is stored, and the session is unaffected."""

import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.people import Person
from tests.real_client.machine import HOOKS, Machine, stored
from tests.real_client.session import scripted_api, surroundings
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]
SECONDS = 60


def test_each_event_of_a_real_session_is_stored_once_byte_for_byte(
    machine: Machine, alice: Person, server: Server
) -> None:
    machine.record()
    told = machine.connect(alice.token, server.url)
    assert alice.token not in told
    machine.play("tour")

    seen = machine.seen()
    wait_for(lambda: len(stored(alice)) >= len(seen), what=f"{len(seen)} events")
    events = stored(alice)
    assert Counter(text for _, text in events) == Counter(seen)
    names = {event: hook for hook, event in HOOKS.items()}
    assert all(hook == names[json.loads(text)["hook_event_name"]] for hook, text in events)
    fired = {hook for hook, _ in events}
    # Compaction and a notification need a person at the keyboard; the tour fires every other hook.
    assert fired == set(HOOKS) - {"pre_compact", "notification"}


def test_a_session_is_what_it_is_without_hooks(machine: Machine, alice: Person, server: Server) -> None:
    alone = machine.play("tour")
    for folder in (machine.home, machine.project):
        shutil.rmtree(folder)
    machine.home.mkdir()
    machine.connect(alice.token, server.url)
    with_hooks = machine.play("tour")
    assert with_hooks.result() == alone.result()
    assert with_hooks.said() == alone.said()
    assert with_hooks.asked() == alone.asked()
    wait_for(lambda: stored(alice), what="events")


def test_a_session_goes_on_while_the_server_is_away_and_arrives_later(
    machine: Machine, alice: Person, spare: Server
) -> None:
    machine.record()
    machine.connect(alice.token, spare.url)
    spare.stop()
    machine.play("tour")
    assert stored(alice) == []
    spare.start()
    machine.memfog("flush")
    wait_for(lambda: Counter(text for _, text in stored(alice)) == Counter(machine.seen()), what="every event")


def test_disconnecting_leaves_the_settings_as_they_were(machine: Machine, alice: Person, server: Server) -> None:
    machine.record()
    settings = machine.home / ".claude" / "settings.json"
    before = settings.read_bytes()
    machine.connect(alice.token, server.url)
    assert settings.read_bytes() != before
    machine.memfog("disconnect", "claude-code")
    assert settings.read_bytes() == before
    machine.play("tour")
    assert stored(alice) == []
    assert machine.seen()


def notes(machine: Machine) -> list[dict[str, Any]]:
    """What the shipper notes of the processes of sessions."""
    files = (machine.home / ".memfog/transcripts").glob("*.host")
    return [json.loads(text) for text in map(Path.read_text, files) if text]


def ends(alice: Person) -> list[str]:
    return [json.loads(text)["reason"] for hook, text in stored(alice) if hook == "session_end"]


def test_a_killed_client_ends_its_session(machine: Machine, alice: Person, server: Server) -> None:
    for folder in (machine.project, machine.out):
        folder.mkdir(parents=True)
    machine.connect(alice.token, server.url)
    with scripted_api("patience", machine.project, machine.out) as (port, _):
        command = [str(machine.claude), "-p", "Wait. [[play:sleeps]]", "--permission-mode", "bypassPermissions"]
        environment = {**surroundings(machine.home, port), "TERM": "dumb"}
        with subprocess.Popen(
            command, cwd=machine.project, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as claude:
            wait_for(lambda: [one for one in notes(machine) if one["hooks"] > 1], what="the note", seconds=SECONDS)
            claude.send_signal(signal.SIGSTOP)
            assert [one["pid"] for one in notes(machine)] == [claude.pid]
            machine.memfog("flush")
            assert (ends(alice), os.waitpid(claude.pid, os.WNOHANG)) == ([], (0, 0))
            claude.kill()
        # A shipper that ended meanwhile starts with the next event of any session.
        machine.fire({"hook_event_name": "SessionStart", "session_id": "s-2", "cwd": str(machine.project)})
        wait_for(lambda: ends(alice) == ["process_gone"], what="the end of the session", seconds=SECONDS)
        assert notes(machine) == []
