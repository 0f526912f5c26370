"""What a public server takes from its environment, and what it needs from nobody: its addresses, its files."""

import os
from pathlib import Path

import pytest

from tests import forking
from tests.house.test_checks import GOOD, OURS

SHOW = (
    "import memfog.celery; from memfog import settings as s;"
    "print(s.DEFAULT_FROM_EMAIL, s.SUPPORT_EMAIL, memfog.celery.app.conf.beat_schedule_filename, sep='\\n')"
)


def ask(data: Path, code: str = SHOW, **over: str) -> tuple[list[str], str]:
    """What Python prints to output and to errors, with the environment of a server that is set up well."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    ran = forking.libraries().run(["-c", code], {**inherited, **GOOD, **over, "MEMFOG_DATA": str(data)})
    return ran.stdout.splitlines(), ran.stderr


def test_mail_comes_from_the_servers_own_domain_unless_it_is_told_another(tmp_path: Path) -> None:
    lines, _ = ask(tmp_path, EMAIL_FROM="", SUPPORT_EMAIL="")
    assert lines[:2] == ["Memfog <hello@fog.example>", "support@fog.example"]
    lines, _ = ask(tmp_path, EMAIL_FROM="Fog <fog@mail.example>", SUPPORT_EMAIL="help@mail.example")
    assert lines[:2] == ["Fog <fog@mail.example>", "help@mail.example"]


def test_beat_keeps_its_schedule_in_the_data_directory(tmp_path: Path) -> None:
    lines, _ = ask(tmp_path)
    assert lines[2] == str(tmp_path / "beat-schedule")


@pytest.mark.parametrize("name", ["a file", "a file/below"])
def test_a_data_directory_that_cannot_be_made_is_named_with_its_setting(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").touch()
    _, said = ask(tmp_path / name)
    assert f"The data directory {tmp_path / name} cannot be created" in said
    assert "Set MEMFOG_DATA" in said
