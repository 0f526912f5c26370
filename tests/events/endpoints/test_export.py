"""The export holds all events of an account, exactly as they were sent, and only its owner gets it."""

import gzip
import json
import socket

import httpx
import pytest

from tests.accounts.calls import bearer
from tests.dashboard.visitor import sign_in
from tests.events.make import make_event
from tests.people import Person


def export(person: Person) -> httpx.Response:
    return person.http.get("/api/export", headers=bearer(person.access_token()))


def test_everything_comes_one_event_a_line_in_the_order_of_arrival(alice: Person, bob: Person) -> None:
    events = [make_event() for _ in range(130)]
    alice.push(*events)
    bob.push(make_event())
    answer = export(alice)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "attachment" in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == [event["id"] for event in events]
    assert lines == alice.walk()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate", "gzip"),
        ("br;q=1.0, gzip;q=0.8", "gzip"),
        ("GZIP ; q=1", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.0, identity", None),
        ("identity", None),
        ("x-gzip-like", None),
    ],
)
def test_it_is_compressed_for_whoever_accepts_that(alice: Person, accepted: str, encoding: str | None) -> None:
    events = [make_event(data={"prompt": "the same words " * 100}) for _ in range(300)]
    alice.push(*events)
    headers = {**bearer(alice.access_token()), "Accept-Encoding": accepted}
    with alice.http.stream("GET", "/api/export", headers=headers) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert "accept-encoding" in answer.headers["vary"].lower()
    text = gzip.decompress(sent) if encoding else sent
    assert [json.loads(line)["id"] for line in text.splitlines()] == [event["id"] for event in events]
    assert not encoding or len(sent) < len(text) / 10


def test_a_line_is_a_record_whatever_white_space_it_came_with(alice: Person) -> None:
    text = json.dumps(make_event(data={"n": 0, "say": "two\nlines"}), indent=4).replace('"n": 0', '"n": 1e400')
    alice.http.post("/ingest", content=text.replace("\n", "\r\n"))
    (line,) = export(alice).text.splitlines()
    assert '"data":{"n":1e400,"say":"two\\nlines"}' in line


def test_what_was_exported_can_be_pushed(alice: Person, bob: Person) -> None:
    alice.push(make_event(), make_event())
    lines = [json.loads(line) for line in export(alice).text.splitlines()]
    assert bob.push(*lines) == {"accepted": 2}


def test_what_is_deleted_is_not_in_it(alice: Person) -> None:
    gone, kept = make_event(), make_event()
    alice.push(gone, kept)
    headers = bearer(alice.access_token())
    alice.http.request("DELETE", "/api/events", json={"ids": [gone["id"]]}, headers=headers)
    assert [json.loads(line)["id"] for line in export(alice).text.splitlines()] == [kept["id"]]


def test_an_empty_log_is_an_empty_file(alice: Person) -> None:
    assert (export(alice).status_code, export(alice).content) == (200, b"")


def test_a_token_of_a_machine_may_not(alice: Person, http: httpx.Client) -> None:
    assert alice.http.get("/api/export").status_code == 403
    assert http.get("/api/export").status_code == 401


def test_the_button_downloads_the_same(http: httpx.Client, alice: Person) -> None:
    alice.push(make_event())
    answer = sign_in(http, alice.user).get("/export")
    assert answer.content == export(alice).content
    assert "attachment" in answer.headers["content-disposition"]
    assert "/export" in http.get("/settings").text


def test_the_button_of_a_stranger_leads_to_the_form(http: httpx.Client) -> None:
    answer = http.get("/export")
    assert (answer.status_code, answer.headers["location"]) == (302, "/sign-in?next=/settings")
    assert http.post("/export").status_code == 405


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE"])
def test_it_is_only_fetched(alice: Person, method: str) -> None:
    assert alice.http.request(method, "/api/export").status_code == 405


def test_a_reader_who_does_not_read_holds_up_nobody(alice: Person) -> None:
    alice.push(*[make_event(data={"fill": "x" * 700_000}) for _ in range(9)])
    alice.push(*[make_event(data={"fill": "x" * 700_000}) for _ in range(9)])
    host, port = alice.http.base_url.host, alice.http.base_url.port or 80
    head = f"GET /api/export HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {alice.access_token()}\r\n\r\n"
    stalled = [socket.create_connection((host, port)) for _ in range(12)]
    try:
        for one in stalled:
            one.sendall(head.encode())
        assert len(export(alice).text.splitlines()) == 18
    finally:
        for one in stalled:
            one.close()
