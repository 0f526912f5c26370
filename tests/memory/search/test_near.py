"""Each way of finding documents finds the same as the index, so that a search shows the same either way."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection
from hypothesis import example, given
from hypothesis import strategies as st

from events.store import log
from memory.projection import projector
from memory.search import backward_scan, candidates, document_index, index_words, narrowed_search
from memory.search.document_sample import load_sample
from memory.search.narrowed_search import FoundDocuments
from memory.search.query_parser import BEST_FIRST, NEWEST_FIRST, OLDEST_FIRST, parse_query
from memory.search.ranking import FoundDocument
from tests.memory.make import event
from tests.people import People, Person, make_user
from tests.server import Server

MANY = 1_800
DAY = 86_400
# The first words occur in nearly all documents. Some are prefixes of others; some have a meaning in SQL.
SAID = (
    *("total", "user", "登录页面", "subtotal totals", "getUserById", "my_total 100%", "a_b axb a%b", 'it\'s "quoted"'),
    *("C:\\new\\total", "refund.py", "billing/refund.py", "页 录", "登", "결제모듈", "Größe", "v1.2.3-rc1", "🙂 x"),
    *("' | '", "\\'", "rare" * 20),
)
FOLDERS = ("/home/a_b", "/home/axb", "/home/a%b", "C:\\it's", "/srv/登录", "/srv/my project")
FILTERS = (
    *("type:prompt", "type:command", "type:edit", "tool:Bash", "failed:yes", "failed:no", "project:a_b", "project:a%b"),
    *('project:"it\'s"', "project:登录", 'project:"/srv/my project"', "after:2025-10-20", "before:2025-10-20"),
    *("before:2020-01-01", "type:'", "project:%", "project:_", "project:\\"),
)
ASKED = st.lists(
    st.one_of(st.sampled_from(SAID), st.sampled_from(FILTERS), st.text(alphabet="tota_%\\'\"|&:* 登录", max_size=6)),
    max_size=4,
).map(" ".join)


def told(at: int) -> dict[str, Any]:
    dice = random.Random(at)
    said = " ".join(
        dice.choices(SAID, weights=[2.0 ** -(place / 2) for place in range(len(SAID))], k=dice.randint(1, 9))
    )
    around = {"project": dice.choice(FOLDERS)}
    second = at * 50 * DAY / MANY
    if at % 3:
        return event("prompt_submit", second, session=f"s{at % 7}", envelope=around, prompt=said)
    ran = {"tool_name": "Bash", "tool_use_id": f"t{at}", "tool_input": {"command": said}}
    hook = "post_tool_failure" if at % 2 else "post_tool_use"
    return event(hook, second, session=f"s{at % 7}", envelope=around, error=said, **ran)


@pytest.fixture(scope="module")
def owners(server: Server) -> Iterator[list[Person]]:
    """Two users whose ids share a prefix, so that their terms in the index begin alike."""
    people = People(server.url)
    made = [people(make_user(id=f"0ddba115-0000-4000-8000-{number:012}")) for number in (1, 2)]
    for number, person in enumerate(made):
        for at in range(number, MANY, 600):
            person.push(*map(told, range(at, min(at + 600, MANY))))
        projector.catch_up(person.id)
    yield made
    people.close()


SCANS = [backward_scan.read_events]
if connection.vendor == "postgresql":
    SCANS.append(backward_scan.scan_events)


@given(asked=ASKED, wide=st.booleans(), back=st.sampled_from([0, 0, 1, 700]), whose=st.sampled_from([0, 1]))
@example(asked="total", wide=False, back=0, whose=0)
@example(asked="user total", wide=True, back=0, whose=1)
@example(asked="a_b a%b", wide=False, back=0, whose=0)
def test_it_is_what_the_index_finds(owners: list[Person], asked: str, wide: bool, back: int, whose: int) -> None:
    user_id, question = owners[whose].id, parse_query(asked)
    if question.labels or question.terms:
        newest = log.load_head(user_id) - back
        least = 1 if wide else len(question.terms)
        by_index = _newest_first(document_index.find_documents(user_id, question, max_seq=newest, least=least))
        for scan in SCANS:
            assert_same(scan(backward_scan.SCAN_EVENTS_LIMIT, user_id, question, newest, least), by_index)
        sample = load_sample(user_id, newest)
        common = backward_scan.scan_backwards(user_id, question, lambda: sample, max_seq=newest, least=least)
        assert_same(by_index if common is None else common, by_index)
        narrowed = None if wide else narrowed_search.find_narrowed(user_id, question, sample, newest)
        assert narrowed is None or is_enough(narrowed, by_index)


def is_enough(narrowed: FoundDocuments, by_index: list[FoundDocument]) -> bool:
    """All that the index finds, or enough; of more than a thousand, the index may name others."""
    found = narrowed.documents
    is_all = _newest_first(found) == by_index
    is_part = len(found) >= narrowed_search.ENOUGH_DOCUMENTS and {one.seq for one in found} <= {
        one.seq for one in by_index
    }
    is_right = is_all or is_part or len(by_index) == document_index.MAX_CANDIDATES <= len(found) * 10
    return is_right and (is_all or not narrowed.is_complete)


def assert_same(found: list[FoundDocument], by_index: list[FoundDocument]) -> None:
    """SQLite lists documents as they were written, which is not quite their order: of too many, others are cut."""
    if connection.vendor == "sqlite" and len(by_index) == document_index.MAX_CANDIDATES:
        assert len(found) == document_index.MAX_CANDIDATES
    else:
        assert found == by_index


def _newest_first(found: Sequence[FoundDocument]) -> list[FoundDocument]:
    return sorted(found, key=lambda one: -one.seq)


def test_the_index_is_left_alone_for_common_words_only(owners: list[Person]) -> None:
    owner = owners[0].id

    def found(asked: str) -> list[FoundDocument] | None:
        question = parse_query(asked)
        newest, least = log.load_head(owner), len(question.terms)
        sample = load_sample(owner, newest)
        return backward_scan.scan_backwards(owner, question, lambda: sample, max_seq=newest, least=least)

    if connection.vendor == "postgresql":
        assert next(one.seq for one in found("total") or ()) > MANY - 5
        assert len(found("total") or ()) == document_index.MAX_CANDIDATES
    else:  # there a query names the words, and the index reads the newest documents first
        assert found("total") is None
    assert found("rarerarerare") is None
    assert found("total before:2020-01-01") is None
    assert found("") is None


def test_a_query_names_the_words_of_a_beginning_if_they_are_few(alice: Person) -> None:
    many = [f"shelf{number:02}" for number in range(index_words.MAX_NAMED_WORDS + 1)]
    prompts = ["crates crate5", "crate6 ground", "incrate", *many]
    alice.push(*(event("prompt_submit", at, prompt=prompt) for at, prompt in enumerate(prompts)))
    projector.catch_up(alice.id)

    def count(asked: str) -> int:
        question, newest = parse_query(asked), log.load_head(alice.id)
        return len(document_index.find_documents(alice.id, question, max_seq=newest, least=len(question.terms)))

    def is_fast(asked: str) -> bool:
        return document_index.is_fast(alice.id, parse_query(asked), 1)

    assert [count(asked) for asked in ("crat", "crate", "crate ground", "ground", "shelf", "shelf shelf0")] == [
        *(2, 2, 1, 1, len(many), 10),
    ]
    on_sqlite = connection.vendor == "sqlite"
    assert [is_fast(asked) for asked in ("crat", "shelf0", "nowhere", "shelf")] == [*[on_sqlite] * 3, False]
    alice.push(event("prompt_submit", 99, prompt="crates again"))
    projector.catch_up(alice.id)
    assert count("crat") == 3


def test_common_words_are_looked_for_in_the_documents_of_rare_words(owners: list[Person]) -> None:
    owner = owners[0].id
    newest = log.load_head(owner)

    def find(asked: str) -> Sequence[FoundDocument]:
        found = narrowed_search.find_narrowed(owner, parse_query(asked), load_sample(owner, newest), newest)
        return found.documents if found else ()

    rare, both = find("v1.2.3-rc1"), find("v1.2.3-rc1 total")
    assert not rare, "nothing is common"
    assert len(find("total user")) >= narrowed_search.ENOUGH_DOCUMENTS, "as typed"
    assert both
    assert all(" total" in f" {one.terms}" for one in both)


@pytest.mark.parametrize("asked", ["total use", "total user", "user refund", "total user refund"])
@pytest.mark.parametrize("order", [BEST_FIRST, NEWEST_FIRST, OLDEST_FIRST])
def test_a_large_log_has_no_gaps_and_no_count_that_is_too_small(owners: list[Person], asked: str, order: str) -> None:
    owner, question = owners[0].id, parse_query(asked, order=order)
    least, limit = len(question.terms), 2 * MANY
    large = candidates.MIN_SAMPLED_EVENTS
    everything = document_index.find_documents(owner, question, max_seq=large, least=least, limit=limit)
    found = candidates.find_candidates(owner, question, large)
    assert len(found.documents) >= len(everything) or not found.is_complete
    # Of more than a thousand, SQLite lists those that were written first: see `assert_same`.
    if order != BEST_FIRST and (connection.vendor == "postgresql" or len(everything) < document_index.MAX_CANDIDATES):
        by_time = sorted((one.seq for one in everything), reverse=order == NEWEST_FIRST)
        seqs = sorted((one.seq for one in found.documents), reverse=order == NEWEST_FIRST)
        assert seqs == by_time[: document_index.MAX_CANDIDATES]
