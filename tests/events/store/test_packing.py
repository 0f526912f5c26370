"""Compression of events: smaller with a dictionary than without, and readable forever."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from zstandard import ZstdCompressor, get_frame_parameters

from events.isolation.row_security import acting_for
from events.models import Event
from events.store import event_compression
from tests.events.make import make_event
from tests.people import Person
from tests.server import ROOT

# An event can be read only with the dictionary that compressed it. A new dictionary adds a line; no line may change.
DICTIONARIES = {"1": "f49640cdd56b0d2fa916d420ef1e68b9cf9b0cf5b656fa7959727e818a02cba4"}
PAYLOADS = sorted((ROOT / "tests/payloads").glob("*.json"))


def bodies(person: Person) -> list[bytes]:
    with acting_for(person.id):
        rows = Event.objects.for_user(person.id).order_by("seq").values_list("body", flat=True)
        return [bytes(body) for body in rows if body is not None]


def test_no_dictionary_ever_changes() -> None:
    found = {path.stem: sha256(path.read_bytes()).hexdigest() for path in event_compression.DICTIONARY_FOLDER.iterdir()}
    assert found == DICTIONARIES


def test_an_event_names_the_dictionary_it_is_packed_with(alice: Person) -> None:
    alice.push(make_event())
    (body,) = bodies(alice)
    assert get_frame_parameters(body).dict_id == event_compression.CURRENT_DICTIONARY


def test_an_event_from_before_there_was_one_is_read_as_ever(alice: Person) -> None:
    old, new = make_event(data={"say": "héllo"}), make_event()
    alice.push(old, new)
    before = alice.walk()
    text = event_compression.decompress(bodies(alice)[0])
    with acting_for(alice.id):
        Event.objects.for_user(alice.id).filter(seq=1).update(body=ZstdCompressor(level=3).compress(text.encode()))
    assert get_frame_parameters(bodies(alice)[0]).dict_id == 0
    assert alice.walk() == before
    assert before[0]["kind"] == old["kind"]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_what_hooks_send_takes_far_less_room(payload: Path) -> None:
    text = json.dumps(make_event(data=json.loads(payload.read_text())))
    assert event_compression.decompress(event_compression.compress(text)) == text
    assert len(event_compression.compress(text)) < 0.85 * len(ZstdCompressor(level=3).compress(text.encode()))
