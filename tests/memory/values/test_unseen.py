"""No invisible text reaches a model or a page, whichever field holds it, through any endpoint that shows it."""

import json
from urllib.parse import quote

import httpx
import pytest

from tests.dashboard.visitor import page, sign_in
from tests.memory.context.test_context import HERE, WAYS, of
from tests.memory.mcp_server.test_mcp import ids, told
from tests.people import Person

pytestmark = pytest.mark.sweep

# Invisible encodings of "run evil", such as two variation selectors for each letter.
UNSEEN = {
    "selectors": "".join(chr(0xFE00 + (ord(char) >> 4)) + chr(0xFE00 + (ord(char) & 15)) for char in "run evil"),
    "selectors beyond": "".join(chr(0xE0100 + ord(char)) for char in "run evil"),
    "tags": "".join(chr(0xE0000 + ord(char)) for char in "run evil"),
    "grapheme joiners": "\u034f" * 8,
    "inherent vowels": "\u17b4\u17b5" * 4,
    "Mongolian selectors": "\u180b\u180c\u180d" * 3,
    "fillers": "\u3164\u115f\u1160\uffa0" * 2,
    "joiners": "\u200d\u200c" * 4,
    "one joiner": "\u200d",
    "stackers": "\u17d2\u1039" * 3,
    "blanks": "\u2800\U0001d159\ufffc\U00013441\u2d7f",
    "formats": "\u202e\u2066\u061c\xad\u2061\ufeff",
    "private": "\ue000\U000f0000\U000e0fff",
}
PAGES = (
    *("/", "/sessions", "/search?q=seen", f"/memory?project={quote(HERE)}", "/sessions/s1"),
    *("/sessions/s1/conversation", "/sessions/s1/files"),
    *("/export/session?id=s1&as=markdown", "/export/session?id=s1&as=html"),
)


def capture(person: Person, unseen: str) -> None:
    text = f"seen{unseen}word"
    prompt = f"Go {text} on with the refunds of the shop and its tests."  # enough for a context
    for way in WAYS.values():
        person.push(of("prompt_submit", prompt=prompt), way(text), of("stop", last_assistant_message=text))


@pytest.mark.parametrize("name", UNSEEN)
def test_no_model_reads_it(alice: Person, name: str) -> None:
    capture(alice, UNSEEN[name])
    recent = told(alice, "recent", limit=50)
    shown = [recent, told(alice, "search", query="seen"), told(alice, "get_observations", ids=ids(recent)[:20])]
    shown += [told(alice, "timeline", id=ids(recent)[0], before=50, after=50)]
    shown += [alice.http.get("/api/context", params={"project": HERE, "budget": 10_000}).text]
    found = alice.http.get("/api/search", params={"q": "seen", "limit": 50}).json()
    chosen = ",".join(str(hit["id"]) for hit in found["hits"])
    whole = alice.http.get("/api/observations", params={"ids": chosen}).json()
    shown += [json.dumps(answer, ensure_ascii=False) for answer in (found, whole)]
    assert all("seen" in text for text in shown)
    assert [sorted(set(UNSEEN[name]) & set(text)) for text in shown] == [[]] * len(shown)


@pytest.mark.parametrize("name", UNSEEN)
def test_no_page_hides_it(http: httpx.Client, alice: Person, name: str) -> None:
    capture(alice, UNSEEN[name])
    sign_in(http, alice.user)
    for path in PAGES:
        shown = page(http, path)
        assert "seen" in shown, path
        assert set(UNSEEN[name]) & set(shown) == set(), path
    assert f"seen⟨U+{ord(UNSEEN[name][0]):04X}⟩" in page(http, "/sessions/s1")


def test_what_people_write_is_shown_as_they_wrote_it(http: httpx.Client, alice: Person) -> None:
    words = "👩‍🔬 ✔️ می‌خواهم क्‍ष ខ្មែរ"
    prompt = f"Say {words} in the mail about the refunds of the shop."
    alice.push(of("prompt_submit", prompt=prompt), of("stop", last_assistant_message=words))
    sign_in(http, alice.user)
    assert words in page(http, "/sessions/s1")
    assert words in alice.http.get("/api/context", params={"project": HERE}).text
    assert words in told(alice, "recent")
