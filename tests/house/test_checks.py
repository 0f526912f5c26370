"""`manage.py check --deploy` reports nothing for a server with good settings, and names each bad setting."""

import os
from pathlib import Path

import pytest

from tests import forking

OPERATORS = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
OFFLINE = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
GOOD = {
    "HOST": "0.0.0.0",  # noqa: S104  # for a proxy on another machine
    "PUBLIC_URL": "https://fog.example",
    "SECRET_KEY": "k" * 3 + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP",
    "TOKEN_KEY": "another key of some length, not to be guessed",
    "DATABASE_URL": "postgres://fog@127.0.0.1:5432/fog",
    "REDIS_URL": "redis://127.0.0.1:6379/15",
    "EMAIL_URL": "smtp+tls://fog:secret@mail.example:587",
    "ADMINS": "operator@fog.example",
    "WEB_CONCURRENCY": "4",
    "BACKUP_URL": "s3://fog/backups",
    "BACKUP_RECIPIENTS": f"{OPERATORS},{OFFLINE}",
    "BACKUP_DATABASE_URL": "postgres://fog_backup@127.0.0.1:5432/fog",
}
OURS = set(GOOD) | {"DEBUG", "EXTRA_HOSTS", "EMAIL_PROVIDER", "MEMFOG_TEST_POSTGRES", "MEMFOG_TEST_REDIS"}


def check(tmp_path: Path, **over: str | None) -> tuple[int, str]:
    """Runs the check with the good settings, changed by `over` (None: not set). Returns its exit code and output."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    given = {name: value for name, value in {**GOOD, **over}.items() if value is not None}
    command = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = forking.libraries().run(command, {**inherited, **given, "MEMFOG_DATA": str(tmp_path)})
    return done.returncode, done.stdout + done.stderr


def test_a_server_that_is_set_up_well_has_nothing_to_hear(tmp_path: Path) -> None:
    code, said = check(tmp_path)
    assert code == 0, said
    assert "no issues" in said


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"DEBUG": "1"}, ["memfog.E003"]),
        ({"REDIS_URL": None}, ["memfog.E001"]),
        ({"DATABASE_URL": None}, ["memfog.E002"]),
        ({"PUBLIC_URL": None}, ["memfog.E004"]),
        ({"PUBLIC_URL": "http://fog.example"}, ["memfog.E005"]),
        ({"EMAIL_URL": None}, ["memfog.E006"]),
        ({"ADMINS": None}, ["memfog.W001"]),
        ({"BACKUP_URL": None}, ["memfog.W002"]),
        ({"BACKUP_RECIPIENTS": None}, ["memfog.E007"]),
        ({"BACKUP_RECIPIENTS": "AGE-SECRET-KEY-1QQQ"}, ["memfog.E007"]),
        ({"BACKUP_RECIPIENTS": OFFLINE}, ["memfog.W003"]),
        ({"BACKUP_DATABASE_URL": None}, ["memfog.E008"]),
        ({"REDIS_URL": None, "DATABASE_URL": None, "EMAIL_URL": None}, ["memfog.E001", "memfog.E002", "memfog.E006"]),
        ({"SECRET_KEY": None}, ["Set SECRET_KEY"]),
        ({"TOKEN_KEY": None}, ["Set TOKEN_KEY"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_each_unsafe_combination_is_named(tmp_path: Path, over: dict[str, str | None], says: list[str]) -> None:
    code, said = check(tmp_path, **over)
    assert code != 0
    assert [word for word in says if word not in said] == [], said


@pytest.mark.parametrize(
    "over",
    [
        {"WEB_CONCURRENCY": "1", "REDIS_URL": None},
        {"WEB_CONCURRENCY": "1", "DATABASE_URL": None},
        {"EMAIL_URL": None, "EMAIL_PROVIDER": "mailgun", "EMAIL_API_KEY": "x"},
    ],
    ids=lambda value: "+".join(value),
)
def test_what_is_safe_is_not_complained_of(tmp_path: Path, over: dict[str, str | None]) -> None:
    code, said = check(tmp_path, **over)
    assert code == 0, said
