"""The state of the backups in mail to operators and on the pages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import time_machine
from django.conf import LazySettings
from django.core import mail
from django.test import Client

from backups import tasks
from backups.models import Alarm, Run, RunState
from tests.accounts.phones import sign_in_operator
from tests.dashboard.visitor import sign_in, squeeze
from tests.environment import free_port
from tests.people import make_user
from tests.server import Server

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def told(settings: LazySettings, server: Server) -> Iterator[str]:
    """The mail address of an operator, on a server that makes backups."""
    settings.BACKUP_URL = "s3://fog"
    settings.ADMINS = [("Operator", address := f"{uuid4().hex}@fog.example")]
    yield address
    Run.objects.all().delete()
    Alarm.objects.all().delete()


@pytest.fixture
def visitor() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


def read(visitor: Client, path: str) -> str:
    return squeeze(visitor.get(path).content.decode())


def made(hours: float, **over: object) -> Run:
    at = NOW - timedelta(hours=hours)
    fields = {"state": RunState.DONE, "next_attempt_at": None, "made_at": at, "verified_at": at, "name": uuid4().hex}
    return Run.objects.create(**{**fields, **over})


def mails(address: str) -> list[str]:
    return [f"{sent.subject}: {sent.body}" for sent in mail.outbox if address in sent.to]


@pytest.mark.parametrize("hours", [25, 27])
def test_a_backup_that_is_late_is_told_once_a_day(told: str, hours: int) -> None:
    made(hours)
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(3):
            tasks.check_freshness()
        assert len(mails(told)) == (hours > 26)
        clock.shift(timedelta(hours=24))
        tasks.check_freshness()
    assert len(mails(told)) == 1 + (hours > 26)
    assert all("Backups are late" in told_once for told_once in mails(told))


def test_one_that_does_not_verify_does_not_count(told: str) -> None:
    made(2, verified_at=None)
    with time_machine.travel(NOW, tick=False):
        tasks.check_freshness()
    assert "There is no verified backup" in mails(told)[0]


def test_a_rehearsal_is_due_after_five_weeks(told: str) -> None:
    made(24 * 36)
    made(2)
    with time_machine.travel(NOW, tick=False):
        tasks.check_freshness()
        assert "Restore rehearsal overdue" in mails(told)[0]
        Run.objects.update(rehearsed_at=NOW, rehearsed_well=True)
        Alarm.objects.all().delete()
        tasks.check_freshness()
    assert len(mails(told)) == 1


def test_a_mail_server_that_is_down_ends_nothing(
    told: str, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", free_port()
    settings.EMAIL_HOST = "127.0.0.1"
    tasks.check_freshness()
    assert "Operators could not be mailed: ConnectionRefusedError" in caplog.text


def test_nobody_is_told_where_none_are_made(told: str, settings: LazySettings) -> None:
    settings.BACKUP_URL = ""
    tasks.check_freshness()
    tasks.start_if_due()
    assert mails(told) == []


def test_the_log_has_the_figures(told: str, caplog: pytest.LogCaptureFixture) -> None:
    made(2, rehearsed_at=NOW - timedelta(hours=3), rehearsed_well=True)
    with time_machine.travel(NOW, tick=False), caplog.at_level("INFO", "backups.backup_alarm"):
        tasks.check_freshness()
    assert "backups age_seconds=7200 rehearsal_age_seconds=10800 late=0" in caplog.text


def test_status_says_when_the_last_one_was_made(told: str, visitor: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        assert "none yet, late" in read(visitor, "/status")
        run = made(3, rehearsed_at=NOW, rehearsed_well=True)
        page = read(visitor, "/status")
        assert re.search(r"2026-11-21 09:00 UTC\s*</dd>", page)
        assert "it came back whole" in page
        Run.objects.filter(pk=run.pk).update(made_at=NOW - timedelta(hours=30), rehearsed_well=False)
        page = read(visitor, "/status")
        assert "2026-11-20 06:00 UTC, late" in page
        assert "it failed" in page


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/privacy", "kept for 14 days"),
        ("/terms", "A backup is made each night"),
        ("/security", "encrypted to keys that are kept elsewhere"),
    ],
)
def test_the_pages_say_what_is_kept(told: str, visitor: Client, settings: LazySettings, path: str, says: str) -> None:
    assert says in read(visitor, path)
    settings.BACKUP_URL = ""
    assert says not in read(visitor, path)


def test_whoever_deletes_an_account_is_told_of_backups(told: str, visitor: Client) -> None:
    visitor.force_login(make_user())
    assert "Encrypted backups keep it for up to 14 days" in read(visitor, "/settings/delete")


def test_operators_see_the_runs_and_change_nothing(told: str, http: httpx.Client) -> None:
    run = made(3, error="The store did not list: SlowDown.")
    sign_in_operator(http)
    listed = http.get("/admin/backups/run/").text
    assert "SlowDown" in listed
    assert "Add run" not in listed
    assert http.get("/admin/backups/run/add/").status_code == 403
    assert 'name="_save"' not in http.get(f"/admin/backups/run/{run.pk}/change/").text
    assert "/admin/backups/run/" in http.get("/admin/overview").text


def test_nobody_else_sees_them(http: httpx.Client) -> None:
    sign_in(http, make_user())
    assert http.get("/admin/backups/run/").status_code == 302
