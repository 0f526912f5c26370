"""The users and data for tests of every page: one user with months of work, and users in other states."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from django.test import Client
from playwright._impl._api_structures import SetCookieParam

from accounts.credentials import api_tokens
from accounts.machines import machine_reports
from accounts.models import DeviceLogin
from accounts.sign_in import two_factor
from dashboard.base import client_package
from dashboard.demo import demo_data
from events.isolation.row_security import acting_for
from memory.llm import llm_settings
from memory.models import LlmSummary
from memory.notifications import notice_settings
from memory.preferences import preference_changes, saved_filters
from memory.projection import projector
from memory.values.location import Location
from sync.models import RejectedEvent, SyncLink
from tests.accounts.phones import give
from tests.dashboard import payloads
from tests.dashboard.every_page import Known
from tests.dashboard.looking import cookies
from tests.dashboard.veteran import veteran
from tests.memory.make import add_delivery
from tests.people import PASSWORD, People, Person
from tests.server import ROOT, Server

SHOP = payloads.SESSIONS["shop"]
AT_ONCE = 500


@dataclass(frozen=True)
class World:
    server: Server
    people: dict[str, Person]
    known: Known
    proven: str  # session key of the user who signed in with two factors

    def cookies(self, who: str) -> list[SetCookieParam]:
        """Returns the cookies of this visitor's browser. The visitor `nobody` has none."""
        if who == "guarded":
            return [{"name": "session", "value": self.proven, "url": self.server.url}]
        return cookies(self.server, self.people[who]) if who in self.people else []


def furnish(server: Server, people: People, named: dict[str, Person]) -> World:
    """Creates the data of these users. `named` has the keys newcomer, busy, veteran, demo and guarded."""
    _work(named["busy"])
    _push(named["veteran"], veteran())
    demo_data.load(named["demo"].id)
    give(named["guarded"].user)
    two_factor.set_up(named["busy"].user)
    http = people.client({})
    asked = http.post("/auth/device", json={"client_name": "memfog on laptop"}).raise_for_status().json()
    DeviceLogin.objects.update(created_at=datetime.now(UTC) + timedelta(days=1))  # a run may take longer than it waits
    http.post("/auth/forgot-password", json={"email": named["busy"].user.email}).raise_for_status()
    key = server.mailbox.removeprefix("/dev/mail")
    mail, token = _letter(server, named["busy"]), str(_report_machines(named["busy"]))
    known = Known(asked["user_code"], mail, named["guarded"].user.email, PASSWORD, key, token)
    return World(server, named, known, _proven(named["guarded"]))


def _report_machines(busy: Person) -> UUID | None:
    """Reports of a machine with a backlog, and of one that is up to date. Returns the token of both."""
    token_id, release = api_tokens.verify(busy.token), client_package.find_release(ROOT / "client", api="")
    reported = {"name": "laptop", "version": "0.0.9", "waiting": 1_204, "oldest_s": 5_400, "refused": 2}
    machine_reports.note(busy.id, token_id, json.dumps(reported))
    current = {"name": "studio", "version": release.version if release else "1.0.0"}
    machine_reports.note(busy.id, token_id, json.dumps(current))
    machine_reports.write_noted()
    return token_id


def _add_notifications(user_id: UUID) -> None:
    """A webhook that is signed, and a delivery to the mailbox."""
    secret = {"url": "https://hooks.example.com/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    notice_settings.add_channel(user_id, "webhook", "Standard Webhooks, hooks.example.com", secret, format="standard")
    add_delivery(user_id, "Mail, once a day")


def _work(busy: Person) -> None:
    events = [*payloads.months(), *payloads.demo()]
    _push(busy, events)
    _give_context(busy, events)
    _add_notifications(busy.id)
    place = Location(SHOP["cwd"], SHOP["cwd"])
    preference_changes.add_note(
        busy.id, place, "Amounts are in whole cents. Ask before anything is sent to a customer."
    )
    preference_changes.set_session_preference(busy.id, SHOP["session_id"], starred=True)
    saved_filters.save_filter(
        busy.id, "sessions", "This week in the shop", query="project=%2Fhome%2Fada%2Fshop&time=7d"
    )
    saved_filters.save_filter(busy.id, "sessions", "Waiting, of the last seven days", query="state=waiting&time=7d")
    saved_filters.save_filter(busy.id, "search", "Refunds", query="q=refund")
    _others(busy)


def _give_context(busy: Person, events: list[dict[str, Any]]) -> None:
    """Adds the event of the context that the session in the shop was given at its start."""
    names = {"session_id": SHOP["session_id"]}
    start = min(one["ts"] for one in events if names.items() <= one["kind"]["data"].get("data", {}).items())
    asked = {"project": SHOP["cwd"], "root": SHOP["cwd"]}
    given = busy.http.get("/api/context", params=asked, headers={"Accept": "application/json"}).json()
    data = {**names, "source": "startup", "tokens": given["tokens"], "items": given["items"]}
    kind = {"type": "ContextInjected", "data": data}
    _push(busy, [{"id": str(uuid4()), "ts": start, "project": SHOP["cwd"], "root": SHOP["cwd"], "kind": kind}])


def _push(person: Person, events: list[dict[str, Any]]) -> None:
    for at in range(0, len(events), AT_ONCE):
        person.push(*events[at : at + AT_ONCE])
    projector.catch_up(person.id)


def _others(busy: Person) -> None:
    """Creates a paused sync link, and LLM summaries from the time when the model was on."""
    now = datetime.now(UTC)
    with acting_for(busy.id):
        SyncLink.objects.create(
            user=busy.user,
            url="https://memfog.example.org",
            encrypted_token=b"",
            enabled=False,
            remote_user_id=uuid4(),
            sent=18_402,
            received=3_117,
            deleted_remotely=12,
            last_run_at=now,
            last_synced_at=now - timedelta(minutes=3),
        )
        RejectedEvent.objects.create(
            user=busy.user, event_id=str(uuid4()), was_push=True, code="too_large", detail="An event has at most 1 MiB."
        )
        LlmSummary.objects.create(
            user=busy.user,
            session_id=SHOP["session_id"],
            requested_us=llm_settings.now_us(),
            attempts=1,
            outcome="summarized",
            text="Rounded each refund when it is paid, so that three refunds of a third leave nothing.",
            model="claude-haiku-4-5",
            input_tokens=1_840,
            output_tokens=96,
            cost_microdollars=2_320,
        )


def _letter(server: Server, person: Person) -> str:
    """Returns the name of the mail to this user in the mailbox."""
    (mail,) = server.mails_to(person.user.email)
    page = httpx.get(f"{server.url}{server.mailbox}", follow_redirects=True).text
    return page.split(str(mail["Subject"]))[0].rsplit("/dev/mail/", 1)[1].split('"')[0]


def _proven(person: Person) -> str:
    """Returns the key of a browser session that both factors opened."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user)
    session = client.session
    session["proof"] = str(person.user.second_factor.id)
    session.save()
    return client.cookies["session"].value
