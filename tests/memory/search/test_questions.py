"""A search finds what its question means: 120 questions over made-up and recorded sessions, on every database."""

import statistics
from collections.abc import Iterator

import pytest

from memory.projection import projector
from tests.memory.search import question_set
from tests.people import People, Person
from tests.server import Server

RECALL_GOAL = 0.95


@pytest.fixture(scope="module")
def reader(server: Server) -> Iterator[Person]:
    """A user whose log holds the sessions of the questions."""
    people = People(server.url)
    made = people()
    made.push(*(one for _, one in question_set.build_events()))
    projector.catch_up(made.id)
    yield made
    people.close()


IDS = {key: number for number, (key, _) in enumerate(question_set.build_events(), start=1) if key}


def find(reader: Person, question: str) -> list[int]:
    answer = reader.http.get("/api/search", params={"q": question, "limit": question_set.MAX_HITS})
    return [hit["id"] for hit in answer.json()["hits"]]


@pytest.mark.sweep
def test_the_answers_are_among_the_first_ten_hits(reader: Person) -> None:
    for name in question_set.SETS:
        questions = question_set.load_questions(name)
        recall = question_set.measure_recall(questions, IDS, lambda text: find(reader, text))
        missed = [f"{question.text}: {share:.2f}" for question, share in recall.items() if share < 1]
        assert statistics.mean(recall.values()) >= RECALL_GOAL, (name, missed)


def test_each_question_asks_for_what_is_there(reader: Person) -> None:
    questions = [one for name in question_set.SETS for one in question_set.load_questions(name)]
    assert (len(questions), len({one.text for one in questions})) == (120, 120)
    assert len(question_set.load_questions("held_out")) == 40
    wanted = sorted({IDS[key] for one in questions for key in one.keys})
    found = [
        entry["id"]
        for at in range(0, len(wanted), 100)
        for entry in reader.http.get(
            "/api/observations", params={"ids": ",".join(map(str, wanted[at : at + 100]))}
        ).json()["observations"]
    ]
    assert sorted(found) == wanted
