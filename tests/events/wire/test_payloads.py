"""Recorded payloads of the real Claude Code come back byte for byte."""

import json

import pytest

from tests.events.make import make_event
from tests.people import Person
from tests.server import ROOT

RECORDED = sorted((ROOT / "tests/payloads").glob("*.json"))


@pytest.mark.parametrize("door", ["/ingest", "/sync/push"])
def test_each_recorded_payload_comes_back_byte_for_byte(alice: Person, door: str) -> None:
    assert len(RECORDED) > 60
    kinds = []
    for path in RECORDED:
        # With the white space of the recording, which the server must keep.
        kind = f'{{"type":"HookEvent","data":{{"hook":"recorded","data":{path.read_text()}}}}}'
        body = json.dumps(make_event(kind=0)).replace('"kind": 0', f'"kind": {kind}')
        assert alice.http.post(door, content=body).content == b'{"accepted":1}'
        kinds.append(kind)
    page = alice.http.post("/sync/pull", json={"cursor": "", "limit": 1000}).content.decode()
    assert [kind for kind in kinds if f'"kind":{kind},"user_id"' not in page] == []
    assert len(json.loads(page)["events"]) == len(kinds)
