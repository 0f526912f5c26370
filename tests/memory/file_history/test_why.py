"""`memfog why`: the real client beside a real server, over repositories made by script."""

from pathlib import Path

import pytest

from tests.memory.file_history.measure import ask_lines, connect, measure
from tests.memory.file_history.repository import Repository, wrap
from tests.memory.file_history.scenes import SCENES, play
from tests.people import Person
from tests.server import Server

# The share of lines that are traced at least, where a line is not as an edit wrote it; else 0.95.
HARDER = {"reformatted": 0.8, "wrapped": 0.8, "squashed": 0.8, "rebased": 0.8}


@pytest.fixture
def home(tmp_path: Path, alice: Person, server: Server) -> Path:
    connect(tmp_path, url=server.url, token=alice.token)
    return tmp_path


@pytest.mark.parametrize("scene", SCENES)
def test_lines_are_traced_to_their_prompts(home: Path, alice: Person, scene: str) -> None:
    repository = play(scene, home / "work", sessions=2)
    alice.push(*repository.events)
    score = measure(home, repository)
    assert score.lines > 50
    assert score.traced >= HARDER.get(scene, 0.95), score
    assert score.false <= 0.01, score


def test_a_bracket_belongs_to_the_wrapped_line_of_which_no_hash_is_known(home: Path, alice: Person) -> None:
    """Another edit, which is found by its hashes, has the lines that follow."""
    repository = Repository(home / "shop", 0)
    repository.start_session()
    repository.ask("Write the order")
    after = ["    result = []", "    for line in order.list_lines('stock'):", "        result.append(line.price)"]
    repository.create("order.py", ["def total(order, rate):", "    plain = rate", *after])
    repository.ask("Check the sum")
    repository.edit("order.py", 1, 2, ["    checked_sum = order.add('price of the whole order', rate, 'checked')"])
    repository.commit()
    repository.reformat("order.py", wrap)
    repository.commit("Format")
    alice.push(*repository.events)
    asked = ask_lines(home, repository.root, "order.py")
    assert [asked[line] for line in range(1, 10)] == [
        "Write the order",
        *["Check the sum"] * 5,
        *["Write the order"] * 3,
    ]
