"""`/api/search` finds what a user means, equally on every database."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import Scope
from memory.projection import projector
from memory.search.index_query import FTS5_SEPARATORS
from memory.search.query_terms import parse_search_terms
from memory.search.snippets import build_snippet_parts, format_snippet
from memory.values.text_analyzer import extract_terms
from tests.memory.corpus import corpus, others
from tests.memory.make import event, one_of_each
from tests.memory.sessions.test_sessions import all_of
from tests.people import People, Person, make_user
from tests.server import ROOT, Server

# As in the migration.
SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE memory_words USING fts5("
    "words, content='', tokenize=\"unicode61 remove_diacritics 0 tokenchars '_.:=/-|'\", detail=none)"
)
GOLDEN = ROOT / "tests/memory/golden/search.txt"


@pytest.fixture(scope="module")
def reader(server: Server) -> Iterator[Person]:
    """A user whose log holds the whole corpus."""
    people = People(server.url)
    made = people()
    events = [*(told.event for told in corpus()), *others()]
    for at in range(0, len(events), 1_000):
        made.push(*events[at : at + 1_000])
    projector.catch_up(made.id)
    yield made
    people.close()


def ask(person: Person, question: str, **more: Any) -> list[dict[str, Any]]:
    answer = person.http.get("/api/search", params={"q": question, **more})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["hits"])


@pytest.mark.sweep
def test_nine_of_ten_questions_find_their_answer_among_ten_hits(reader: Person) -> None:
    asked = corpus()
    assert len(asked) >= 60
    # The corpus arrived first and in order, so that line numbers equal numbers in the log.
    lost = [
        told.question
        for line, told in enumerate(asked, start=1)
        if line not in [hit["id"] for hit in ask(reader, told.question, limit=10)]
    ]
    assert len(lost) <= 0.1 * len(asked), lost


@pytest.mark.sweep
def test_the_top_hits_are_the_same_on_every_database(reader: Person) -> None:
    top = {told.question: [hit["id"] for hit in ask(reader, told.question, limit=10)] for told in corpus()}
    if "UPDATE" in os.environ:
        GOLDEN.write_text("".join(f"{name}\t{' '.join(map(str, ids))}\n" for name, ids in top.items()))
    golden = {name: list(map(int, ids.split())) for name, ids in _lines(GOLDEN.read_text())}
    assert golden.keys() == top.keys()
    shares = [len(set(top[name]) & set(ids)) / max(len(ids), 1) for name, ids in golden.items()]
    assert sum(shares) / len(shares) >= 0.9
    assert min(shares) >= 0.5


def _lines(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_pages_give_each_hit_once(reader: Person) -> None:
    found = all_of(reader.http, "/api/search", "hits", q="refund", limit=7)
    ids = [hit["id"] for hit in found]
    assert len(ids) == len(set(ids)) > 14
    assert ids[:100] == [hit["id"] for hit in ask(reader, "refund", limit=100)]


FILTERS = [
    ("file:refund.py", {"type": "edit"}),
    ("type:failure database locked", {"type": "failure"}),
    ("type:prompt", {"type": "prompt"}),
    ("tool:WebFetch lock", {"type": "web"}),
    ("failed:yes", {"type": "failure"}),
]


@pytest.mark.parametrize(("question", "like"), FILTERS)
def test_a_prefix_filters(reader: Person, question: str, like: dict[str, Any]) -> None:
    found = ask(reader, question)
    assert found
    assert all(hit.items() >= like.items() for hit in found)


def test_times_and_places_filter(alice: Person) -> None:
    def at(project: str, second: float, said: str) -> dict[str, Any]:
        around = {"root": project, "repo": "github.com/ada/Engine"}
        return event("prompt_submit", second, session=project[-1], prompt=said, envelope=around)

    day = 86_400
    alice.push(at("/home/ada/a", 0, "One"), at("/home/ada/b", day, "Two"), at("/srv/my project/c", 2 * day, "Three"))

    def found(question: str, **more: Any) -> set[str]:
        return {hit["title"] for hit in ask(alice, question, **more)}

    assert found("") == {"One", "Two", "Three"}
    assert found("project:b") == found("", project="/home/ada/b") == found("project:/home/ada/b") == {"Two"}
    assert found("project:engine") == found("", project="github.com/ada/engine") == {"One", "Two", "Three"}
    assert found('project:"/srv/my project/c"') == {"Three"}
    assert found("after:2025-10-10") == found("", since="2025-10-10T00:00:00Z") == {"Two", "Three"}
    assert found("before:2025-10-10") == found("", until="2025-10-10") == {"One"}
    assert found("after:2025-10-10 before:2025-10-11") == {"Two"}
    assert found("", type="summary") == set()
    assert found("after:noon one") == {"One"}, "an invalid time is a search word"


@pytest.mark.parametrize("query", [{"since": "noon"}, {"until": "13"}, {"limit": 0}, {"limit": 101}, {"cursor": "x"}])
def test_a_query_that_cannot_be_is_refused_by_name(alice: Person, query: dict[str, Any]) -> None:
    answer = alice.http.get("/api/search", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (400, list(query))


HOSTILE = ["'", '"', "a' & b", "(", ":*", "a:* | !b", "NEAR(a b)", "words:x", "-x", "\\", "%", "\0", "x" * 999, "*"]


# Words with a character that FTS5 takes for the end of a word.
SEPARATED = ["・", "・ベ", "ab\u19b0cd", "\u1cf2x", "project:ab\u19b0cd"]


@pytest.mark.parametrize(
    "question", [*HOSTILE, *SEPARATED, "type:' or 1=1", 'file:"a"b"', "AND OR NOT", "😀", "é" * 400]
)
def test_no_question_is_an_error(alice: Person, question: str) -> None:
    alice.push(event("prompt_submit", prompt="Hello"))
    assert alice.http.get("/api/search", params={"q": question}).status_code in {200, 400}
    assert alice.http.get("/api/search", params={"q": "hello", "project": question}).status_code in {200, 400}


def test_words_around_a_middle_dot_are_found(alice: Person) -> None:
    alice.push(
        event("prompt_submit", 1, prompt="データ・ベースを作る"), event("prompt_submit", 2, prompt="データを見る")
    )
    found = [[hit["id"] for hit in ask(alice, question)] for question in ("データ・ベース", "ベース", "・ベ")]
    assert [found[0][0], *found[1:]] == [1, [1], [1]], "with all pairs first, then with some"


def test_no_other_letter_ends_a_word_in_the_index() -> None:
    """Of each script: what FTS5 does not keep in a word must be known as a separator."""
    letters = [chr(point) for point in range(sys.maxunicode + 1) if chr(point).isalnum()]
    blocks = [" ".join(f"zq{letter}zq" for letter in letters[at : at + 40]) for at in range(0, len(letters), 40)]
    words = {word for block in blocks for word in extract_terms(block)}
    kept = {word for word in words if word.translate(FTS5_SEPARATORS) == word}
    assert len(words) - len(kept) >= 20
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute(SQLITE_INDEX)
        index.execute("CREATE VIRTUAL TABLE temp.kept USING fts5vocab(main, memory_words, row)")
        index.execute("INSERT INTO memory_words (words) VALUES (?)", [" ".join(words)])
        assert kept <= {row[0] for row in index.execute("SELECT term FROM temp.kept")}


def test_what_is_deleted_is_found_no_more(alice: Person) -> None:
    told = [event("prompt_submit", 1, prompt="A swordfish"), event("prompt_submit", 2, prompt="Hello")]
    alice.push(*told)
    assert len(ask(alice, "swordfish")) == 1
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    alice.http.request("DELETE", "/api/events", json={"ids": [told[0]["id"]]}, headers=headers)
    assert ask(alice, "swordfish") == []
    assert len(ask(alice, "hello")) == 1


def test_no_word_of_what_is_deleted_stays_in_the_index(alice: Person) -> None:
    """The index of SQLite would keep the words for an unknown time; PostgreSQL removes them by autovacuum."""
    told = event("prompt_submit", 1, prompt="A zqxjswordfish")
    alice.push(told)
    projector.catch_up(alice.id)
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    before = blocks_with(b"qxjswordfish")
    alice.http.request("DELETE", "/api/events", json={"ids": [told["id"]]}, headers=headers)
    projector.catch_up(alice.id)
    assert (before > 0) == (connection.vendor == "sqlite")
    assert blocks_with(b"qxjswordfish") == 0


def blocks_with(word: bytes) -> int:
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM memory_words_data")
        return sum(word in block for (block,) in cursor.fetchall())


def test_users_whose_ids_begin_alike_find_only_their_own(people: People) -> None:
    """Terms in the index begin with the first digits of their user's id."""
    alice, bob = (people(make_user(id=UUID(f"5eed5eed-0000-4000-8000-{number:012}"))) for number in (1, 2))
    for person, said in ((alice, "My swordfish"), (bob, "Your marlin")):
        person.push(event("prompt_submit", prompt=said))
    assert [hit["title"] for hit in ask(alice, "swordfish")] == ["My swordfish"]
    assert ask(bob, "swordfish") == []
    assert ask(alice, "marlin") == []
    assert [hit["title"] for hit in ask(bob, "")] == ["Your marlin"]


def test_the_full_text_of_what_was_chosen(alice: Person, bob: Person) -> None:
    alice.push(*one_of_each())
    ids = [hit["id"] for hit in ask(alice, "")]
    assert sorted(ids) == [1, 2, 4]
    chosen = alice.http.get("/api/observations", params={"ids": "4,2,1,2,99"}).json()["observations"]
    assert [(one["id"], one["type"], one["trust"]) for one in chosen] == [
        (4, "summary", "assistant"),
        (2, "read", "tool"),
        (1, "prompt", "person"),
    ]
    assert chosen[0]["text"] == "Request: Hello\nInvestigated: Read a.py\nClosing: Hello to you."
    assert chosen[1]["files_read"] == ["a.py"]
    assert chosen[1]["events"] == [2]
    assert bob.http.get("/api/observations", params={"ids": "1,2,4"}).json() == {"observations": []}


def test_what_was_just_deleted_is_told_no_more(alice: Person) -> None:
    events = one_of_each()
    alice.push(*events)
    assert alice.http.get("/api/observations", params={"ids": "1"}).json()["observations"]
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    alice.http.request("DELETE", "/api/events", json={"ids": [events[0]["id"]]}, headers=headers).raise_for_status()
    assert alice.http.get("/api/observations", params={"ids": "1"}).json() == {"observations": []}


@pytest.mark.parametrize("ids", ["", "x", "1,,2", "-1", "1" * 19, ",".join(["1"] * 101), "１"])
def test_ids_that_are_none_are_refused(alice: Person, ids: str) -> None:
    answer = alice.http.get("/api/observations", params={"ids": ids})
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (400, ["ids"])


@pytest.mark.parametrize("path", ["/api/search", "/api/observations?ids=1"])
def test_reading_needs_the_scope_for_it(people: People, alice: Person, path: str) -> None:
    assert people(alice.user, scope=Scope.CAPTURE).http.get(path).status_code == 403


WORDS = [
    ("getUserById", {"getuserbyid", "get", "user", "by", "id"}),
    ("HTTPServer2", {"httpserver2", "http", "server", "2"}),
    ("snake_case", {"snake_case", "snakecase", "snake", "case"}),
    ("billing/total.py", {"billing", "total.py", "total", "py"}),
    ("Größe", {"grosse"}),
    ("Café", {"cafe"}),
    ("ＡＢＣ", {"abc"}),
    ("登录页面", {"登录", "录页", "页面"}),
    ("改 x", {"改", "x"}),
    ("결제모듈", {"결제", "제모", "모듈"}),
    ("v1.2.3-rc1", {"v1.2.3-rc1", "v1", "rc1"}),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_the_words_of_a_text(text: str, expected: set[str]) -> None:
    assert expected - set(extract_terms(text)) == set()


def test_a_snippet_has_no_colours_of_a_terminal() -> None:
    assert (
        format_snippet(build_snippet_parts("\x1b[1;31mneedle\x1b[0m found", parse_search_terms("needle")))
        == "**needle** found"
    )


def test_the_beginning_and_the_end_of_a_snippet() -> None:
    text = f"{'word ' * 50}needle {'word ' * 50}"
    shown = format_snippet(build_snippet_parts(text, parse_search_terms("needles")))
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "**needle**" in shown
    assert len(shown) < 300
    assert format_snippet(build_snippet_parts("nothing of that", parse_search_terms("needle"))) == "nothing of that"
