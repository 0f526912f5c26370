"""Recorded sessions of the real client: their hooks and their transcripts must lead to the same derived rows."""

import json
import shutil
from pathlib import Path

import pytest

from tests.memory.likeness import unlike
from tests.people import People
from tests.real_client.machine import Machine
from tests.server import ROOT, Server, wait_for

RECORDED = ROOT / "client" / "test" / "transcripts"
RECORDED_WITH = "2.1.328"  # of Claude Code
ENTRYPOINTS = {"tour": "sdk-cli", "interactive": "cli"}  # as the transcripts name them
# A transcript does not hold the reason why the session ended, nor that an agent went on in the background after a turn,
# which then does not wait. The interrupts of a recording are older than the hooks that are fired here, so the shipper
# leaves them to an import.
UNLIKE = {
    "tour": [],
    "interactive": [
        *("Session reason: clear | other", "Session reason: prompt_input_exit | other", "event count: 37 | 39"),
        *("wait interrupted count: 0 | 2", "wait turn_done count: 2 | 3"),
    ],
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(*(tmp_path / name for name in ("home", "project", "recorded", "out")))


def remove(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


@pytest.mark.parametrize("name", UNLIKE)
def test_what_is_derived_of_an_imported_session_is_what_its_hooks_would_have_brought(
    machine: Machine, people: People, server: Server, name: str
) -> None:
    live, imported = people(), people()
    machine.connect(live.token, server.url, "--assume-version", RECORDED_WITH)
    # Context given to a session is an event that only a live session sends, and only if there is time.
    (machine.home / ".memfog" / "config.json").write_text('{"context": false}')
    projects = machine.home / ".claude" / "projects"
    shutil.copytree(RECORDED / name / "projects", projects)
    for line in (RECORDED / name / "hooks.jsonl").read_text().splitlines():
        machine.fire(json.loads(line.replace("/home/dev/.claude/projects", str(projects))), ENTRYPOINTS[name])
    machine.memfog("flush")
    wait_for(lambda: remove(machine.home / ".memfog"), what="removal of the folder into which the shipper writes")
    machine.connect(imported.token, server.url)
    machine.memfog("import")
    assert unlike(live.id, imported.id) == UNLIKE[name]
    # A second import adds nothing.
    before = len(imported.walk())
    machine.memfog("import")
    assert len(imported.walk()) == before
