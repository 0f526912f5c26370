"""A session of the real client whose process is stopped goes on; one whose process is killed ends."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.people import Person
from tests.real_client.machine import Machine, stored
from tests.real_client.session import scripted_api, surroundings
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(300)]
SECONDS = 60


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
