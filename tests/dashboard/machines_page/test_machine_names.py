"""The name that an owner gives a machine: on pages, in filters and notices, over the API. The log keeps its own."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from accounts.api_base.problem import Problem
from accounts.lifecycle import account_export
from accounts.machines import machine_names
from accounts.models import MachineReport
from memory.models import Notice
from memory.notifications import notice_content, notice_settings
from memory.notifications.notice_kinds import MACHINE_SILENT
from memory.projection import projector
from tests.accounts.calls import press
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in
from tests.people import People, Person

HOST, NAME = "ip-10-0-3-7", "Build server"


def sent(machine: str, session: str) -> dict[str, Any]:
    client = {"name": "memfog", "machine": machine}
    return {**event("UserPromptSubmit", session_id=session, prompt=f"Prompt of {session}"), "client": client}


@pytest.fixture
def owner(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser; she named one of her two machines."""
    alice.push(sent(HOST, "s1"), sent("laptop", "s2"))
    projector.catch_up(alice.id)
    sign_in(http, alice.user)
    named = http.post("/machines/rename", data={"machine": HOST, "name": f" {NAME} "} | token_of(http))
    assert named.status_code == 302
    return http


def token_of(http: httpx.Client) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', http.get("/machines").text)
    assert found
    return {"csrfmiddlewaretoken": found[1]}


def test_a_named_machine_is_shown_by_its_name_everywhere(owner: httpx.Client, alice: Person) -> None:
    machines = page(owner, "/machines")
    assert f"Machine renamed to {NAME}." in machines
    assert f"<bdi>{NAME}</bdi>" in machines
    assert f"sends as <bdi>{HOST}</bdi>" in machines
    for path in ("/sessions", "/sessions?as=cards", "/sessions/s1", "/"):
        text = page(owner, path)
        assert f"<bdi>{NAME}</bdi>" in text, path
        assert f"<bdi>{HOST}</bdi>" not in text, path
        assert "<bdi>laptop</bdi>" in text or path == "/sessions/s1"


def test_a_filter_offers_the_name_and_takes_both(owner: httpx.Client) -> None:
    assert f'<option value="{HOST}">{NAME}</option>' in page(owner, "/sessions")
    for asked in (HOST, NAME):
        text = page(owner, f"/sessions?machine={asked}")
        assert "Prompt of s1" in text
        assert "Prompt of s2" not in text
        assert f"<bdi>{NAME}</bdi> <span" in text, "the chip of the filter"
    assert f'<option value="{HOST}" selected>{NAME}</option>' in page(owner, f"/sessions?machine={NAME}")


def test_what_a_machine_sends_comes_before_a_name(owner: httpx.Client, alice: Person) -> None:
    alice.push(sent(NAME, "s3"))
    text = page(owner, f"/sessions?machine={NAME}")
    assert "Prompt of s3" in text
    assert "Prompt of s1" not in text


def test_the_log_and_the_sessions_of_the_api_keep_what_was_sent(owner: httpx.Client, alice: Person) -> None:
    events = alice.http.post("/sync/pull", json={"cursor": "", "limit": 10}).json()["events"]
    assert [one["client"]["machine"] for one in events] == [HOST, "laptop"]
    assert alice.http.get("/api/sessions/s1").json()["machine"] == HOST


def test_the_api_lists_machines_and_names_them(owner: httpx.Client, alice: Person) -> None:
    listed = {one["machine"]: one for one in alice.http.get("/api/machines").json()["machines"]}
    assert {machine: one["name"] for machine, one in listed.items()} == {HOST: NAME, "laptop": "laptop"}
    assert (listed[HOST]["sessions"], listed[HOST]["working"]) == (1, 1)
    with People(str(alice.http.base_url)).client({"Authorization": f"Bearer {alice.access_token()}"}) as http:
        changed = http.post("/api/machines", json={"machine": "laptop", "name": "Mine"}).json()["machines"]
        assert {one["name"] for one in changed} == {NAME, "Mine"}
        changed = http.post("/api/machines", json={"machine": "laptop", "name": ""}).json()["machines"]
        assert {one["name"] for one in changed} == {NAME, "laptop"}
        refused = http.post("/api/machines", json={"machine": "laptop", "name": NAME})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
    assert alice.http.post("/api/machines", json={"machine": "laptop", "name": "x"}).status_code == 403


def test_a_notice_names_the_machine_as_its_owner_does(owner: httpx.Client, alice: Person) -> None:
    notice = Notice(id=uuid4(), user_id=alice.id, kind=MACHINE_SILENT, session_id="", machine=HOST, since_us=10**15)
    assert notice_content.build_content(alice.id, notice, with_text=False).headline == f"Machine silent: {NAME}"


def test_rules_of_notices_take_the_name(owner: httpx.Client, alice: Person) -> None:
    rules = {"turn_done_minutes": "5", "silent_minutes": "60", "zone": "UTC", "machines": f"{NAME.lower()}, laptop"}
    assert press(owner, "/settings/notifications", **rules).status_code == 302
    assert notice_settings.load_rules(alice.id).machines == (HOST, "laptop")
    assert f'value="{NAME}, laptop"' in page(owner, "/settings/notifications")


def test_an_export_carries_the_names_and_an_import_keeps_those_that_are_there(alice: Person, bob: Person) -> None:
    machine_names.set_name(alice.id, HOST, NAME)
    records = list(account_export.export_records(alice.id))
    assert ("machine", {"machine": HOST, "name": NAME}) in records
    assert account_export.import_record(bob.id, "machine", {"machine": HOST, "name": NAME})
    assert not account_export.import_record(bob.id, "machine", {"machine": HOST, "name": "Other"})
    assert machine_names.load_names(bob.id) == {HOST: NAME}
    for wrong in ({"machine": HOST}, {"machine": "x", "name": 7}, {"machine": "x", "name": "a\nb"}):
        with pytest.raises(ValueError, match=r"name"):
            account_export.import_record(bob.id, "machine", wrong)


@pytest.mark.parametrize("name", ["a\nb", "x" * 61, "a\u202eb", "Build, server"])
def test_a_name_is_one_short_visible_line(alice: Person, name: str) -> None:
    with pytest.raises(Problem):
        machine_names.set_name(alice.id, HOST, name)
    assert machine_names.load_names(alice.id) == {}


def test_its_own_name_or_none_takes_the_name_back(alice: Person) -> None:
    for back in (HOST, "", "  "):
        machine_names.set_name(alice.id, HOST, NAME)
        machine_names.set_name(alice.id, HOST, back)
        assert machine_names.load_names(alice.id) == {}


def test_two_machines_do_not_share_a_name(owner: httpx.Client, alice: Person) -> None:
    """Rules for notices find a machine by its name in any case of letters."""
    MachineReport.objects.create(
        user_id=alice.id, name="attic", version="1", build="", waiting=0, refused=0, reported_at=timezone.now()
    )
    for taken in (NAME.upper(), HOST, "Attic"):
        with pytest.raises(Problem) as refusal:
            machine_names.set_name(alice.id, "laptop", taken)
        assert "Another of your machines" in refusal.value.detail
    machine_names.set_name(alice.id, HOST, NAME.upper())
    assert machine_names.load_names(alice.id) == {HOST: NAME.upper()}


def test_a_stranger_can_not_name_my_machine(owner: httpx.Client, alice: Person, bob: Person) -> None:
    machine_names.set_name(bob.id, HOST, "Bob's")
    assert machine_names.load_names(alice.id) == {HOST: NAME}
    assert "Bob's" not in page(owner, "/machines")
