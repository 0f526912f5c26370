from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_client.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    # A folder name may hold every character that a file system allows.
    made = Machine(tmp_path / "home", tmp_path / "mein repo ✓ 文", tmp_path / "recorded", tmp_path / "out")
    made.recorded.mkdir()
    yield made
    # A shipper without a server would retry for hours; without a token it ends.
    (made.home / ".memfog" / "auth.json").unlink(missing_ok=True)
