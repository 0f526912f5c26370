"""A prompt that names a known file: the request of the real client holds what Memfog knows of the file."""

import json

import pytest

from memory.context.hint_index import HINT_HEADER
from tests.people import Person
from tests.real_client.machine import ATTENDED, Machine, own
from tests.server import Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

OTHER_SESSION = {"hook_event_name": "SessionStart", "session_id": "other", "source": "resume", "transcript_path": ""}


def test_a_prompt_that_names_a_known_file_is_given_its_history(machine: Machine, alice: Person, server: Server) -> None:
    machine.connect(alice.token, server.url)
    # Without a context, which names the file at the start of the session: a hint does not repeat it.
    (machine.home / ".memfog" / "config.json").write_text(json.dumps({"context": False}))
    assert "Hints are on" in machine.memfog("hints").stdout
    machine.play("second", prompt="Mend the invoice total. [[play:first]]", entrypoint=ATTENDED)
    machine.memfog("flush")

    # While another session is open here, lines about the folder are at hand.
    machine.fire({**OTHER_SESSION, "cwd": str(machine.project)})
    lines = machine.home / ".memfog" / "hints" / str(machine.project).lstrip("/") / "lines.json"
    wait_for(lines.exists, what="the lines about the folder")
    assert lines.stat().st_mode & 0o777 == 0o600
    session = machine.play("second", prompt="Look at total.py again. [[play:next]]", entrypoint=ATTENDED)
    request = json.dumps(session.requests[0]["body"]["messages"], ensure_ascii=False)
    assert request.count(json.dumps(HINT_HEADER)[1:-1]) == 1
    assert "`total.py: " in request

    machine.memfog("flush")
    (given,) = wait_for(lambda: own(alice, "ContextInjected"), what="the event of the hint")
    assert (given["session_id"], given["source"]) == (session.id(), "prompt")
