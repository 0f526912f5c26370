"""All paths and files in documents and public pages exist, and the pages make no false claims."""

import re
from html import unescape

import httpx
import pytest
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, resolve

from memfog.asgi import front_door
from tests.dashboard.visitor import source, squeeze
from tests.server import ROOT, wait_for

PUBLIC = ("/docs", "/privacy", "/terms", "/security", "/status")
DOCUMENTS = ("README.md", "SECURITY.md", "docs/deploy.md", "docs/backups.md", "docs/moving.md", "client/README.md")
PATH = re.compile(
    r"(?:(?:GET|POST|DELETE) |`|https?://(?:127\.0\.0\.1:8000|app\.memfog\.com))(/[a-z][\w.-]*(?:/(?:[\w.-]+|<\w+>))*/?)"
)
# Paths of files on a machine, which are not addresses of the server.
FILES = re.compile(r"/(etc|var|srv|home|tmp|opt|run|usr|a|b|dev/null)\b")


def is_served(path: str) -> bool:
    path = re.sub(r"<\w+>", "00000000-0000-0000-0000-000000000000", path)
    if path in front_door.native:
        return True
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def plain(text: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", text))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_a_document_names_is_served(name: str) -> None:
    named = {path.rstrip(".") for path in PATH.findall((ROOT / name).read_text())}
    assert [path for path in sorted(named) if not FILES.match(path) and not is_served(path)] == []


@pytest.mark.parametrize("page", PUBLIC)
def test_every_path_that_a_page_names_is_served(http: httpx.Client, page: str) -> None:
    text = source(http, page)
    named = set(re.findall(r'(?:href|src|action)="(/[^"#?]*)', text)) | set(PATH.findall(plain(text)))
    assert [path for path in sorted(named) if not path.startswith("/static/") and not is_served(path)] == []
    ids = set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= ids


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text()))
def test_every_file_that_the_readme_links_to_is_there(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("page", PUBLIC)
def test_the_public_pages_link_to_each_other(http: httpx.Client, page: str) -> None:
    text = source(http, page)
    assert [other for other in PUBLIC if f'href="{other}"' not in text] == []


def test_the_pages_claim_no_backup_where_none_is_made(http: httpx.Client) -> None:
    assert "makes no backups" in source(http, "/status")
    assert "makes no backups" in source(http, "/privacy")


def test_the_pages_say_what_redaction_misses(http: httpx.Client) -> None:
    for page, limit in {
        "/docs": "is sent",
        "/privacy": "misses what has neither",
        "/security": "stored as it came",
    }.items():
        text = squeeze(source(http, page))
        assert "taken out" in text or "takes secrets out" in text
        assert limit in text


def test_the_privacy_page_names_every_table_that_holds_something_of_a_person(http: httpx.Client) -> None:
    """A new table fails this test until the page explains it."""
    said = squeeze(source(http, "/privacy"))
    rooms = {"accounts", "events", "memory", "sync"}
    tables = {model._meta.label for model in apps.get_models() if model._meta.app_label in rooms}
    assert tables == set(SAID_AS)
    assert [words for words in SAID_AS.values() if words not in said] == []


SAID_AS = {
    "sync.SyncLink": "address of the other server",
    "sync.SyncedRange": "how far it has come",
    "sync.RejectedEvent": "that one of the servers refused",
    "accounts.User": "Address, name",
    "accounts.Token": "API tokens",
    "accounts.RevokedToken": "for ten minutes more",
    "accounts.MachineReport": "Machines",
    "accounts.MachineName": "Names of machines",
    "accounts.BrowserSession": "Browser sessions",
    "accounts.SecondFactor": "Second factor",
    "accounts.RecoveryCode": "recovery codes",
    "accounts.DeviceLogin": "Device logins",
    "accounts.LocalAccount": "Local account",
    "accounts.OutgoingMail": "Mail we owe you",
    "accounts.OperatorAction": "What operators did",
    "events.Event": "Events",
    "events.Location": "Folders and repositories",
    "events.Stream": "Ids of deleted events",
    "events.RetentionPolicy": "Your limits",
    "events.RemovedIds": "those beyond your limits",
    "memory.ProjectionState": "how far",
    "memory.Session": "Sessions",
    "memory.SessionEvent": "which events belong to them",
    "memory.Prompt": "their prompts",
    "memory.TokenUsage": "tokens",
    "memory.FileChange": "which files they changed",
    "memory.GitAct": "their commits and pull requests",
    "memory.Observation": "what was done in them",
    "memory.Summary": "a summary of each turn",
    "memory.SearchDocument": "the words they are found by",
    "memory.HalfHourCount": "counts by the half hour",
    "memory.HalfHourTotal": "counts by the half hour",
    "memory.StaleDay": "by the day",
    "memory.DailyTotal": "by the day",
    "memory.SessionPreference": "What you chose for a session",
    "memory.Annotation": "What you pinned",
    "memory.Note": "your notes",
    "memory.ContextBudget": "the budgets of your projects",
    "memory.MemoryPreference": "the tools you leave out",
    "memory.SavedFilter": "the filters you keep",
    "memory.OwnPrice": "the prices you set",
    "memory.NotificationRules": "Notifications",
    "memory.NotificationChannel": "its address and keys, encrypted",
    "memory.Notice": "which session or machine",
    "memory.NoticeDelivery": "what was sent there",
    "memory.LlmConfig": "your key, encrypted",
    "memory.LlmSummary": "what came back",
}


def test_status_names_each_part(http: httpx.Client) -> None:
    wait_for(lambda: http.get("/readyz").json()["worker"] == "ok", what="the worker")
    text, states = source(http, "/status"), list(http.get("/readyz").json().values())
    assert (text.count('class="ok"'), text.count('class="down"')) == (states.count("ok"), states.count("down"))
    # With Redis the suite has nobody to schedule tasks.
    assert ("Scheduled work is late" if settings.REDIS_URL else "Everything works.") in text
