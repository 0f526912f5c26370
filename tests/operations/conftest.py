"""The code of the previous release, for tests of an upgrade."""

from pathlib import Path

import pytest

from tests.operations import previous_release


@pytest.fixture(scope="session")
def old_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("previous")
    previous_release.unpack(folder)
    return folder
