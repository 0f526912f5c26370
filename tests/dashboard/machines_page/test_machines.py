"""`/machines` as a page of machines: what they sent, what their clients report, and how late their events arrive."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.credentials import api_tokens
from accounts.machines import machine_reports
from accounts.models import MachineReport
from accounts.tasks import delete_expired_credentials
from dashboard.base import client_package
from dashboard.machines_page import machine_rows
from memory.projection import projector
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, squeeze
from tests.people import Person, make_user
from tests.server import wait_for

REPORT = {"name": "laptop", "version": "0.0.1", "build": "", "waiting": 1204, "oldest_s": 90, "refused": 3}


def on_machine(machine: str, session: str, name: str = "UserPromptSubmit", *, age: timedelta = timedelta()) -> Any:
    sent = event(name, session_id=session, ts=(datetime.now(UTC) - age).isoformat())
    return {**sent, "client": {"name": "memfog", "machine": machine}}


def ingest(person: Person, *events: Any, report: object = None) -> None:
    headers = {} if report is None else {"Memfog-Machine": report if isinstance(report, str) else json.dumps(report)}
    answer = person.http.post("/ingest", json={"events": events}, headers=headers)
    assert answer.status_code == 200, answer.text


def reports(person: Person) -> list[MachineReport]:
    return machine_reports.list_reports(person.id)


def test_without_machines_the_page_says_how_to_get_one(http: httpx.Client) -> None:
    assert "No machines yet." in page(sign_in(http, make_user()), "/machines")


def test_each_machine_has_a_row_with_what_runs_and_waits_there(http: httpx.Client, alice: Person) -> None:
    ingest(alice, on_machine("laptop", "s1"), on_machine("laptop", "s2"), on_machine("laptop", "s2", "Stop"))
    ingest(alice, on_machine("build <box>", "s3", age=timedelta(minutes=5)))
    text = page(sign_in(http, alice.user), "/machines")
    assert text.index("<bdi>laptop</bdi>") < text.index("<bdi>build <box></bdi>")
    assert "1 running" in text
    assert "1 waiting" in text
    assert 'href="/sessions?machine=laptop&state=waiting"' in text
    assert 'href="/sessions?machine=build%20%3Cbox%3E"' in text
    assert "p50</abbr> under 1 s" in text
    assert "p95</abbr> under 10 min" in text


def test_a_report_shows_backlog_version_and_token(http: httpx.Client, alice: Person) -> None:
    alice.user.tokens.filter(name="test").update(name="of the laptop")
    ingest(alice, on_machine("laptop", "s1"), report=REPORT)
    wait_for(lambda: reports(alice), what="the report")
    (report,) = reports(alice)
    assert report.waiting_since
    assert timedelta(seconds=89) < report.reported_at - report.waiting_since < timedelta(seconds=91)
    text = page(sign_in(http, alice.user), "/machines")
    assert "1,204 events" in text
    assert "3 refused" in text
    assert "Update to " in text
    assert f'href="#token-{api_tokens.verify(alice.token)}"><bdi>of the laptop</bdi>' in text
    ingest(alice, on_machine("laptop", "s1"), report={**REPORT, "version": served().version, "waiting": 0})
    wait_for(lambda: reports(alice)[0].waiting == 0, what="the next report")
    again = page(http, "/machines")
    assert "1,204 events" not in again
    assert "Update to " not in again


def served() -> client_package.Release:
    release = client_package.find_release(settings.BASE_DIR / "client", api=settings.PUBLIC_URL)
    assert release
    return release


@pytest.mark.parametrize(
    "report",
    ["", "x", "[]", "[" * 2_000, "x" * 9_000, *(json.dumps({**REPORT, **over}) for over in (
        {"name": ""}, {"name": " "}, {"name": 5}, {"name": "x" * 201}, {"name": "a\u202eb"}, {"name": "\ud800"},
        {"version": "newest"}, {"version": "\uff11.2"},
        {"version": None}, {"build": "zz"}, {"waiting": -1}, {"waiting": "many"}, {"waiting": 10**30}, {"refused": 1.5},
    ))],
)  # fmt: skip
def test_what_is_no_report_changes_nothing(report: str) -> None:
    machine_reports.note(uuid4(), None, report)
    assert not machine_reports.has_noted()


def test_a_wrong_report_does_not_refuse_the_events_beside_it(alice: Person) -> None:
    ingest(alice, on_machine("laptop", "s1"), report="{")
    assert len(alice.walk()) == 1


def test_a_user_has_a_hundred_machines_at_most(alice: Person) -> None:
    note_names(alice, *(f"m{number}" for number in range(machine_reports.MAX_MACHINES + 5)))
    assert len(reports(alice)) == machine_reports.MAX_MACHINES
    note_names(alice, "another", "m0")
    assert "another" not in {one.name for one in reports(alice)}


def note_names(person: Person, *names: str) -> None:
    for name in names:
        machine_reports.note(person.id, None, json.dumps({**REPORT, "name": name}))
    machine_reports.write_noted()


def test_a_deleted_user_and_old_reports_leave_nothing(alice: Person) -> None:
    note_names(alice, "laptop")
    gone = make_user()
    machine_reports.note(gone.id, None, json.dumps(REPORT))
    gone_id = gone.id
    gone.delete()
    machine_reports.write_noted()
    assert not MachineReport.objects.for_user(gone_id).exists()
    MachineReport.objects.for_user(alice.id).update(reported_at=timezone.now() - timedelta(days=91))
    delete_expired_credentials()
    assert reports(alice) == []


def test_the_page_costs_as_many_queries_for_thirty_machines_as_for_one(alice: Person) -> None:
    counts = []
    for machines in (range(1), range(1, 30)):
        alice.push(*(on_machine(f"m{number}", f"s{number}") for number in machines))
        note_names(alice, *(f"m{number}" for number in machines))
        projector.catch_up(alice.id)
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(alice.user)
        client.get("/machines")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text = client.get("/machines").content.decode()
        assert f"<bdi>m{machines[-1]}</bdi>" in squeeze(text)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("version", "build", "outdated"),
    [("0.9.9", "", True), ("1.2.3", "", False), ("1.2.3", "aaaaaaaa", False), ("1.2.3", "bbbbbbbb", True),
     ("1.10.0", "bbbbbbbb", False), ("1.2", "", True)],
)  # fmt: skip
def test_a_client_is_outdated_as_the_client_itself_decides(version: str, build: str, outdated: bool) -> None:
    release = client_package.Release("1.2.3", "aaaaaaaa", "", 0, "")
    assert machine_rows.is_older(MachineReport(version=version, build=build), release) == outdated


@pytest.mark.parametrize(
    ("counts", "found"),
    [({}, None), ({5: 10}, None), ({0: 1}, ("under 1 s", "under 1 s")), ({0: 94, 3: 6}, ("under 1 s", "under 10 min")),
     ({0: 95, 3: 5, 5: 1_000}, ("under 1 s", "under 1 s")), ({2: 3, 1: -1}, ("under 1 min", "under 1 min"))],
)  # fmt: skip
def test_delays_are_those_of_events_that_arrived_in_time(counts: dict[int, int], found: object) -> None:
    assert machine_rows.find_delays(counts) == found
