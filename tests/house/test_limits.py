"""One module of the server and one of the client hold the limits of the log. The client's limits are not higher."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from events import limits
from tests.people import Person
from tests.server import ROOT

# The client's limit, and the member of `GET /api/limits` that it must not exceed.
BELOW = {
    "MAX_EVENT_BYTES": "event_bytes",
    "MAX_PAYLOAD_BYTES": "event_bytes",
    "MAX_BATCH_EVENTS": "events",
    "MAX_BATCH_BYTES": "inflated_bytes",
}


def client_limits() -> dict[str, int]:
    script = "process.stdout.write(JSON.stringify(require(process.argv[1])))"
    ran = subprocess.run(
        ["node", "-e", script, ROOT / "client/lib/limits.js"],
        capture_output=True,
        check=True,
    )
    return dict(json.loads(ran.stdout))


def test_the_client_sends_nothing_that_the_server_refuses(alice: Person) -> None:
    served = alice.http.get("/api/limits").json()["limits"]
    ours = client_limits()
    assert {name for name, member in BELOW.items() if ours[name] > served[member]} == set()
    assert ours["MAX_LOCATION_BYTES"] <= limits.MAX_LOCATION_BYTES
    assert ours.keys() == {*BELOW, "MAX_LOCATION_BYTES"}
    # A batch is sent compressed, but fits without compression, too.
    assert ours["MAX_BATCH_BYTES"] <= served["request_bytes"]


def test_the_server_serves_those_of_its_module(http: httpx.Client, alice: Person) -> None:
    served = alice.http.get("/api/limits").json()["limits"]
    assert served["event_bytes"] == limits.MAX_EVENT_BYTES
    assert served["events"] == limits.MAX_EVENTS
    assert served["nesting"] == limits.MAX_NESTING
    assert (served["request_bytes"], served["inflated_bytes"]) == (limits.MAX_REQUEST_BYTES, limits.MAX_INFLATED_BYTES)


@pytest.mark.parametrize("app", ["accounts", "dashboard", "events", "memfog", "memory", "sync"])
def test_no_other_module_repeats_them(app: str) -> None:
    numbers = ("1_048_576", "8_388_608", "16_777_216")
    files = [path for path in Path(ROOT / app).rglob("*.py") if any(one in path.read_text() for one in numbers)]
    assert [path.relative_to(ROOT).as_posix() for path in files if path.name != "limits.py"] == []
