"""Checks for any version of Claude Code: the user's own hooks run, no prompt is executed, each event arrives once."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.real_client.context_api import TOKEN, Memory, memory
from tests.real_client.machine import EXTRA, HOOKS, Machine
from tests.server import ROOT, wait_for

EVENTS: dict[str, str] = json.loads((ROOT / "client/lib/hosts/host-events.json").read_text())["events"]
Payload = dict[str, Any]
OURS = (*HOOKS.values(), *EXTRA.values())
# An entry of an earlier version of Memfog. A host that dropped its `args` ran the payload as a script.
OLD_ENTRY = {"type": "command", "command": "/bin/sh", "timeout": 10, "_memfog": 1}
# These versions start two agents by themselves, even if the only hook is one that stores its stdin, and soon stop them
# together with their hooks: all hooks of 0.5 s finished, none of 4 s did. So one hook may get an event of such an agent
# that another hook does not get. Version 2.1.20 starts no such agents.
WARM_UP_VERSIONS = {"2.0.44", "2.0.56"}
WARM_UP_AGENTS = {"Explore", "Plan"}
PLUGIN = ("--plugin-dir", str(ROOT / "client"))


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def known_to(version: str) -> list[str]:
    """The events known to a version, of those that Memfog can register."""
    return [event for event in OURS if number(EVENTS[event]) <= number(version)]


def prompt_that_executes(machine: Machine) -> str:
    """A prompt that makes a file if any program runs it as a script."""
    return f"See $(touch {_made(machine)}) `touch {_made(machine)}` and begin. [[play:tour]]"


def _made(machine: Machine) -> Path:
    return machine.out.with_name("executed")


def captures_each_event_once(machine: Machine, version: str, running: Memory) -> None:
    """The first check: everything that the recorder, as the user's own hook, received arrives at the server."""
    machine.record(known_to(version))
    machine.connect(TOKEN, running.url, "--extra")
    machine.play("tour", prompt=prompt_that_executes(machine))
    seen = machine.seen(extra=True)
    assert seen, "the user's own hooks did not run"
    arrives_once(machine, version, running, seen)
    assert not _made(machine).exists(), "a prompt was executed"


def arrives_once(machine: Machine, version: str, running: Memory, seen: list[str]) -> None:
    given = [json.loads(text) for text in seen]

    def stored() -> list[Payload]:
        machine.memfog("flush")
        return [event["kind"]["data"]["data"] for event in running.events if event["kind"]["type"] == "HookEvent"]

    def compared() -> tuple[Counter[str], Counter[str]]:
        came = stored()
        unsure = warm_ups(version, [*given, *came])
        return counted(came, unsure), counted(given, unsure)

    def is_all_there() -> bool:
        arrived, expected = compared()
        return arrived.total() >= expected.total()

    with suppress(AssertionError):
        wait_for(is_all_there, seconds=60)
    arrived, expected = compared()
    assert arrived == expected, f"unexpected: {arrived - expected}; missing: {expected - arrived}"
    twice = [text for text, times in (counted(stored(), set()) - arrived).items() if times > 1]
    assert not twice, f"stored twice: {twice}"


def counted(payloads: list[Payload], unsure: set[str]) -> Counter[str]:
    """The payloads, without those of these agents."""
    return Counter(json.dumps(payload) for payload in payloads if payload.get("agent_id") not in unsure)


def warm_ups(version: str, payloads: list[Payload]) -> set[str]:
    """The ids of the agents that this version started by itself."""
    if version not in WARM_UP_VERSIONS:
        return set()
    begun = [payload for payload in payloads if payload["hook_event_name"] == "SubagentStart"]
    return {payload["agent_id"] for payload in begun if payload["agent_type"] in WARM_UP_AGENTS}


def heals_old_entries(machine: Machine, version: str, running: Memory) -> None:
    """`connect` removes entries of an earlier version, also as the host rewrote them, and no prompt is executed."""
    machine.record(known_to(version))
    settings = machine.home / ".claude" / "settings.json"
    held = json.loads(settings.read_text())
    for event in HOOKS.values():
        held["hooks"].setdefault(event, []).append({"hooks": [OLD_ENTRY]})
    settings.write_text(json.dumps(held))
    assert "hooks are now in" in machine.connect(TOKEN, running.url, "--extra")
    machine.play("tour", prompt=prompt_that_executes(machine))
    assert machine.seen(extra=True), "the user's own hooks did not run"
    assert not _made(machine).exists(), "a prompt was executed"


def leaves_settings_as_they_were(machine: Machine, version: str, running: Memory) -> None:
    machine.record(known_to(version))
    settings = machine.home / ".claude" / "settings.json"
    before = settings.read_bytes()
    machine.connect(TOKEN, running.url)
    machine.memfog("disconnect", "claude-code")
    assert settings.read_bytes() == before
    machine.play("calls", prompt="Hello.")
    assert machine.seen(), "the user's own hooks did not run"
    assert running.events == []


def captures_once_beside_the_plugin(machine: Machine, version: str, running: Memory) -> None:
    """Versions that cannot load a plugin from a folder pass if the settings alone capture each event."""
    machine.record(known_to(version))
    machine.connect(TOKEN, running.url)
    can_load = "--plugin-dir" in machine.help()
    machine.play("tour", arguments=PLUGIN if can_load else ())
    arrives_once(machine, version, running, machine.seen())


Check = Callable[[Machine, str, Memory], None]
CHECKS: dict[str, Check] = {
    "own hooks run, nothing executed, each event once": captures_each_event_once,
    "old entries are healed": heals_old_entries,
    "disconnected as before": leaves_settings_as_they_were,
    "once beside the plugin": captures_once_beside_the_plugin,
}


def run(check: Check, claude: Path, version: str, folder: Path) -> None:
    """Runs a check on a new test machine."""
    machine = Machine(folder / "home", folder / "mein repo ✓ 文", folder / "recorded", folder / "out", claude)
    machine.recorded.mkdir(parents=True)
    with memory("") as running:
        try:
            check(machine, version, running)
        finally:
            # A shipper without a token ends.
            (machine.home / ".memfog" / "auth.json").unlink(missing_ok=True)
