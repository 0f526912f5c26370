"""Memfog as a plugin of the real client: it is valid, and captures each event once even with hooks in the settings."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.people import Person
from tests.real_client.machine import Machine, stored
from tests.server import ROOT, Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

PLUGIN = ["--plugin-dir", str(ROOT / "client")]


@pytest.mark.parametrize("folder", [ROOT, ROOT / "client"], ids=["marketplace", "plugin"])
def test_the_real_client_takes_it_for_valid(folder: Path, tmp_path: Path) -> None:
    command = [os.environ["CLAUDE_BIN"], "plugin", "validate", str(folder)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Validation passed" in ran.stdout


@pytest.mark.parametrize("options", [["--plugin"], []], ids=["alone", "beside the settings"])
def test_the_plugin_captures_each_event_once(
    machine: Machine, alice: Person, server: Server, options: list[str]
) -> None:
    machine.record()
    machine.connect(alice.token, server.url, *options)
    machine.play("tour", arguments=PLUGIN)
    machine.memfog("flush")
    wait_for(lambda: len(stored(alice)) >= len(machine.seen()), what="every event")
    assert Counter(text for _, text in stored(alice)) == Counter(machine.seen())
