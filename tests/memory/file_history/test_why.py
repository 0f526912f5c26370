"""`memfog why`: the real client beside a real server, over repositories made by script."""

from pathlib import Path

import pytest

from tests.memory.file_history.measure import connect, measure
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
