"""A page may stay open during an upgrade: its older scripts and styles still find their names in new fragments.

Remove a name from this list one release after scripts and styles have stopped using it.
"""

import re

import httpx
import pytest

from tests.dashboard.payloads import SESSIONS, afternoon
from tests.dashboard.visitor import sign_in
from tests.people import Person

SHOP = f"/sessions/{SESSIONS['shop']['session_id']}"
# Fragment → its address, and the classes and attributes that scripts and styles need in it.
FRAGMENTS = {
    "a part of a timeline": (
        SHOP,
        "turn turn-head sums uses failures lasted steps-of step use payload rail steps",
        "data-turn data-use data-src",
    ),
    "a step": ("/events/7/block", "payload raw", "data-src"),
    "a session's map": (f"{SHOP}/map", "strip shell edit failed", ""),
    "a session's header": (f"{SHOP}/now", "state facts copy", "data-live data-last data-copy data-whole"),
    "the live board": ("/live/wall", "tile foot-of-tile spark doing since", "data-state data-since"),
    "the palette": ("/palette", "hint", "data-session"),
}


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_page_that_was_opened_before_finds_what_it_looks_for(
    http: httpx.Client, alice: Person, fragment: str
) -> None:
    path, classes, attributes = FRAGMENTS[fragment]
    alice.push(*afternoon())
    text = sign_in(http, alice.user).get(path, headers={"X-Requested-With": "fetch"}).text
    found = {name for value in re.findall(r'\sclass="([^"]*)"', text) for name in value.split()}
    assert set(classes.split()) - found == set()
    assert set(attributes.split()) - set(re.findall(r"\s(data-[a-z]+)", text)) == set()
