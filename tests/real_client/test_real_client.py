"""The real Claude Code, connected by Memfog's own command: every event is stored, and the session is unaffected."""

import json
import shutil
from collections import Counter

import pytest

from tests.people import Person
from tests.real_client.machine import HOOKS, Machine, stored
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]


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
