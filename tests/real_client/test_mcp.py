"""The real Claude Code finds and calls Memfog's tools after the one documented command."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.memory.make import event
from tests.people import Person
from tests.real_client.machine import Machine
from tests.real_client.session import surroundings
from tests.server import Server

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]


def test_claude_code_asks_memfog_over_mcp(machine: Machine, alice: Person, server: Server) -> None:
    alice.push(event("prompt_submit", prompt="The password of the day is not swordfish"))
    header = f"Authorization: Bearer {alice.token}"
    added = ["mcp", "add", "--transport", "http", "memfog", f"{server.url}/mcp", "--header", header]
    machine.project.mkdir(parents=True)
    machine.home.mkdir(parents=True, exist_ok=True)
    environment = surroundings(machine.home, "1")
    subprocess.run([os.environ["CLAUDE_BIN"], *added], cwd=machine.project, env=environment, check=True)
    session = machine.play("memory")
    assert session.result() == "I remember."
    searched, read = (answered(request["body"]["messages"]) for request in session.requests[-2:])
    assert "The password of the day" in searched
    assert "Source: person" in read


def answered(messages: list[Any]) -> str:
    """The last result of a tool.

    It may not be in the last message: a server that connects late is announced after it.
    """
    return next(text for message in reversed(messages) if "tool_result" in (text := json.dumps(message)))
