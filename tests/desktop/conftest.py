from collections.abc import Iterator

import pytest

from tests.desktop.laptop import Laptop


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A local server that runs."""
    made = Laptop(tmp_path_factory.mktemp("laptop")).start()
    yield made
    made.stop()
