"""A second session knows what the first one did, with the real client, a real Memfog server and a scripted model.

The text sent to the model is stored in `docs/second-session.md`. UPDATE=1 writes it again, and a person reviews it.
"""

import os
import re

import pytest

from tests.people import Person
from tests.real_client.machine import ATTENDED, Machine, own
from tests.real_client.session import Session
from tests.server import ROOT, Server, wait_for

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

TRANSCRIPT = ROOT / "docs" / "second-session.md"
ASKED = "The invoice total is wrong when a refund is partial. Find out why, then mend it."
THEN = "What did we do last time?"
PAGE = """# A second session that knows what the first one did

Made by `tests/real_client/test_second_session.py` with the real Claude Code and a Memfog of its own; the answers of the
model are scripted. Times and numbers are left out.

## The first session

> {asked}

Claude writes `total.py`, sees a check fail, edits the file and sees the check pass. It ends with:

> {answered}

## What the second session's first request holds, put there by the `session_start` hook

```markdown
{context}
```

## The second session

> {then}

> {knew}
"""


def given(session: Session) -> str:
    """The text that the hook added to the first request."""
    parts = [
        block["text"]
        for message in session.requests[0]["body"]["messages"]
        for block in (message["content"] if isinstance(message["content"], list) else [])
        if block.get("type") == "text"
    ]
    found = re.search(r"# Memory of this project\n.*?the size of the full text\.", "\n".join(parts), re.DOTALL)
    return found[0] if found else ""


def test_a_second_session_knows_what_the_first_one_did(machine: Machine, alice: Person, server: Server) -> None:
    machine.connect(alice.token, server.url)
    first = machine.play("second", prompt=f"{ASKED} [[play:first]]", entrypoint=ATTENDED)
    assert given(first) == ""
    machine.memfog("flush")
    second = machine.play("second", prompt=f"{THEN} [[play:next]]", entrypoint=ATTENDED)
    told = given(second)
    asked = {"project": str(machine.project), "root": str(machine.project)}
    machine.memfog("flush")
    (injected,) = wait_for(lambda: own(alice, "ContextInjected"), what="the event of the injected context")
    assert injected["session_id"] == second.id()
    timeline = alice.http.get(f"/api/sessions/{second.id()}/timeline").json()["events"]
    assert "ContextInjected" in [event["kind"]["type"] for event in timeline]
    ids = {item["id"] for item in injected["items"]}
    later = alice.http.get("/api/context", params=asked, headers={"Accept": "application/json"}).json()
    assert ids <= {item["id"] for item in later["items"]}
    page = PAGE.format(asked=ASKED, answered=first.result(), context=_even(told), then=THEN, knew=second.result())
    if "UPDATE" in os.environ:
        TRANSCRIPT.write_text(page)
    assert page == TRANSCRIPT.read_text()


def _even(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d", "…", text).replace(" [[play:first]]", "")
    return re.sub(r"(?<=^- )\d+(?= · )|\d+(?= tokens)", "…", text, flags=re.MULTILINE)
