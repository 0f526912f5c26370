"""The express way of `POST /ingest` answers and stores exactly what the ordinary way does.

A header that nothing reads sends a request the ordinary way.
"""

import json
import re
import socket
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events.make import make_event
from tests.people import People, Person
from tests.server import DEADLINE, new_address

ORDINARY = b"x-nobody-reads-this: 1\r\n"
# What differs between two equal answers.
UNIQUE = re.compile(rb'(?<=\r\ndate: )[^\r]+|(?<=\r\nx-request-id: )[^\r]+|(?<="request_id": ")[^"]+')
IDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(1, 9)]

events = st.builds(
    make_event,
    hook=st.sampled_from(["post_tool_use", "prompt_submit", "stop", "", "\0"]),
    data=st.sampled_from(
        [{"session_id": "s1"}, {"session_id": 1}, {"text": "é\ud83d\ude00 \\u0000 \x7f"}, [], None, "x" * 70_000]
    ),
    id=st.sampled_from([*IDS, "no id"]),
    project=st.sampled_from(["/home/dev/a", "/home/dev/b", ""]),
)
bodies = st.one_of(
    events.map(json.dumps),
    st.lists(events, max_size=4).map(lambda batch: json.dumps({"events": batch})),
    st.sampled_from(["", "{}", "[", '{"events":[]}', json.dumps(make_event())[:-9]]),
).map(str.encode)
heads = st.sampled_from(
    [
        *[b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\n"] * 6,
        b"POST /ingest HTTP/1.1\r\nHost: %(host)b\r\nAUTHORIZATION: bearer %(token)b\r\naccept: */*\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\n"
        b"content-type: application/json\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\ncontent-type: text/plain\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\ncontent-encoding: gzip\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\norigin: http://other.example\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: other.example\r\nauthorization: Bearer %(token)b\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer mfg_none\r\n",
        b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\n",
        b"POST /ingest?a=1 HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\n",
        b"PUT /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: %(host)b\r\n",
    ]
)
requests = st.tuples(heads, bodies)


def _send(person: Person, sent: list[tuple[bytes, bytes]], cuts: list[float], *, extra: bytes) -> list[bytes]:
    """Sends requests over one connection, in pieces, the last with `connection: close`; returns all answers."""
    place = urlsplit(str(person.http.base_url))
    words = {b"host": place.netloc.encode(), b"token": person.token.encode()}
    stream = b""
    for number, (head, body) in enumerate(sent, 1):
        close = b"connection: close\r\n" if number == len(sent) else b""
        stream += head % words + extra + close + b"content-length: %d\r\n\r\n%b" % (len(body), body)
    borders = [0, *sorted(int(cut * len(stream)) for cut in cuts), len(stream)]
    address = (str(place.hostname), place.port or 80)
    with socket.create_connection(address, timeout=DEADLINE, source_address=(new_address(), 0)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, end in pairwise(borders):
            connection.sendall(stream[start:end])
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    return UNIQUE.sub(b"", received).split(b"HTTP/1.1 ")


def _stored(person: Person) -> list[Any]:
    return [{**event, "user_id": "", "received_at": ""} for event in person.walk()]


@pytest.mark.slow
@settings(deadline=None)
@given(sent=st.lists(requests, min_size=1, max_size=6), cuts=st.lists(st.floats(0, 1), max_size=6))
def test_both_ways_answer_and_store_the_same(
    people: People, sent: list[tuple[bytes, bytes]], cuts: list[float]
) -> None:
    one, other = people(), people()
    for person in (one, other):
        person.push(make_event(id=IDS[0]))  # so that the server knows the token and a location
    sent.append((b"POST /ingest HTTP/1.1\r\nhost: %(host)b\r\nauthorization: Bearer %(token)b\r\n", b"{}"))
    express = _send(one, sent, cuts, extra=b"")
    assert express == _send(other, sent, [], extra=ORDINARY)
    assert len(express) == len(sent) + 1
    assert _stored(one) == _stored(other)
