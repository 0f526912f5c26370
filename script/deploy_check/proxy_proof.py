"""Proves through a proxy what visitors need: TLS, accounts, ingest, streams, limits, their own addresses."""

import json
import threading
import time
from itertools import takewhile
from pathlib import Path
from uuid import uuid4

import httpx

from script.deploy_check.outside import DOMAIN, Outside
from script.deploy_check.report import Report
from script.deploy_check.visitor import Visitor, make_batch, make_event
from tests.server import wait_for

REQUEST_BYTES = 8_388_608
QUERY_BYTES = 40_000
ATTEMPTS = 10  # of a credential route, in a minute, from one address
STREAM_S = 5.0  # seconds within which an event reaches a stream: far below the comment that would flush a buffer


def prove(proxy: str, outside: Outside, report: Report, *, number: int) -> Visitor:
    """Proves it all, and returns the user who signed up, for proofs that follow."""
    visitor = Visitor(outside.certificates, f"127.0.{number}.1", f"visitor{number}@example.com")
    visitor.wait_until_ready()
    with report.prove(f"{proxy}: http is redirected to https"):
        answer = httpx.get(f"http://{DOMAIN}/sign-in?next=/live", trust_env=False)
        assert answer.status_code in (301, 308), answer.status_code
        assert answer.headers["location"] == f"https://{DOMAIN}/sign-in?next=/live"
    with report.prove(f"{proxy}: sign-up, mail with a link, sign-in"):
        visitor.sign_up(outside.mailbox)
        visitor.sign_in()
    with report.prove(f"{proxy}: token, ingest, event in the log"):
        visitor.create_token()
        _prove_ingest(visitor)
    with report.prove(f"{proxy}: a stream passes on each event as it comes") as note:
        note(f"{_measure_stream(visitor):.2f} s")
    with report.prove(f"{proxy}: a batch of {REQUEST_BYTES:,} bytes is taken, one more byte is 413"):
        _prove_sizes(visitor)
    with report.prove(f"{proxy}: a query of {QUERY_BYTES:,} bytes is answered"):
        answer = visitor.browser.get("/search", params={"q": "x " * (QUERY_BYTES // 2)})
        assert answer.status_code not in (400, 414, 431, 502), answer.status_code
    with report.prove(f"{proxy}: attempts are counted by the visitor's address, which no header forges"):
        _prove_addresses(outside.certificates, number)
    return visitor


def _prove_ingest(visitor: Visitor) -> None:
    event = make_event("does it arrive?")
    answer = visitor.ingest(json.dumps(event).encode())
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1}), answer.text
    assert [one["id"] for one in visitor.list_events()] == [event["id"]]


def _measure_stream(visitor: Visitor) -> float:
    """Returns the seconds from an ingest until the event came out of an open stream."""
    event, arrived = make_event("and here?"), threading.Event()

    def read() -> None:
        with visitor.open_stream() as lines:
            opened.set()
            for line in lines:
                if event["id"] in line:
                    arrived.set()
                    return

    opened = threading.Event()
    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert opened.wait(STREAM_S)
    started = time.monotonic()
    assert visitor.ingest(json.dumps(event).encode()).status_code == 200
    assert arrived.wait(STREAM_S), f"no event on the stream within {STREAM_S} s"
    thread.join(STREAM_S)
    return time.monotonic() - started


def _prove_sizes(visitor: Visitor) -> None:
    answer = visitor.ingest(make_batch(REQUEST_BYTES, events=9))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 9}), answer.text
    assert visitor.ingest(make_batch(REQUEST_BYTES + 1, events=9)).status_code == 413
    wait_for(lambda: visitor.ingest(json.dumps(make_event("after")).encode()).status_code == 200, seconds=STREAM_S)


def _prove_addresses(certificates: Path, number: int) -> None:
    # Attempts may fall into two minutes.
    attempts = (_try_login(certificates, f"127.0.{number}.2", f"198.51.100.{n}") for n in range(2 * ATTEMPTS + 1))
    statuses = list(takewhile(lambda status: status == 401, attempts))
    assert ATTEMPTS <= len(statuses) <= 2 * ATTEMPTS, statuses
    assert _try_login(certificates, f"127.0.{number}.2", "198.51.100.99") == 429
    assert _try_login(certificates, f"127.0.{number}.3", f"127.0.{number}.2") == 401


def _try_login(certificates: Path, address: str, forwarded_for: str) -> int:
    # An account of each attempt's own: wrong passwords are also counted by account.
    visitor = Visitor(certificates, address, f"{uuid4().hex}@example.com")
    try:
        answer = visitor.program.post(
            "/auth/login",
            json={"email": visitor.email, "password": "wrong, of course"},
            headers={"X-Forwarded-For": forwarded_for},
        )
        return answer.status_code
    finally:
        visitor.close()
