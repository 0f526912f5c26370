"""Three versions of Claude Code: the oldest supported one, one before hooks knew `args`, and the newest tested one.

`script.hosts.installs` installs each from npm, into the folder that CLAUDE_CODE_CACHE names, if it is set.
"""

from pathlib import Path

import pytest

from script.hosts.installs import install, program_path
from tests.real_client.versions import CHECKS, run

pytestmark = [pytest.mark.real_client, pytest.mark.slow, pytest.mark.timeout(600)]

VERSIONS = ("2.0.0", "2.1.120", "2.1.332")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("check", list(CHECKS))
def test_what_must_hold_with_any_version(check: str, version: str, tmp_path: Path) -> None:
    with install(version) as folder:
        run(CHECKS[check], program_path(folder), version, tmp_path)
