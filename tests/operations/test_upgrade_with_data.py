"""After an upgrade from the previous release, a user reads everything as before, and exports go both ways."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.accounts.calls import bearer, press
from tests.operations import previous_release, user_data
from tests.operations.own_database import OwnDatabase, run
from tests.operations.release_server import serve
from tests.operations.user_data import EMAIL, find_differences, read_all, read_words
from tests.people import PASSWORD
from tests.server import ROOT

COPY = "copy@example.com"
MAKE_COPY = f'from tests.people import make_user; make_user("{COPY}")'


@pytest.fixture
def old_database(tmp_path: Path, old_code: Path) -> Iterator[OwnDatabase]:
    """A database that the previous release has migrated."""
    made = OwnDatabase(tmp_path, migrated=False)
    run(old_code, made.owner, "manage.py", "migrate", "-v0")
    yield made
    made.drop()


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_user_reads_the_same_after_an_upgrade(old_code: Path, old_database: OwnDatabase) -> None:
    environment = old_database.environment
    token = run(old_code, environment, "manage.py", "shell", "-v0", "-c", previous_release.MAKE_USER)
    with serve(old_code, environment) as http:
        fill(http, token, old_code, environment)
        before, words, cookies = read_all(http, token), read_words(http), dict(http.cookies)
    check_is_filled(before, words)
    run(ROOT, old_database.owner, "manage.py", "migrate", "-v0")
    with serve(ROOT, environment) as http:
        # The old rows answer until new ones replace them. The browser is still signed in.
        http.cookies.update(cookies)
        assert list(find_differences(before, read_all(http, token))) == []
        assert missing(words, read_words(http)) == {}
        run(ROOT, environment, "manage.py", "rebuild_memory", "--user", EMAIL)
        assert list(find_differences(before, read_all(http, token))) == []
        assert missing(words, read_words(http)) == {}


def fill(http: httpx.Client, token: str, old_code: Path, environment: dict[str, str]) -> None:
    user_data.push(http, token, user_data.make_events())
    assert http.get("/api/sessions", headers=bearer(token)).status_code == 200
    run(old_code, environment, "manage.py", "shell", "-v0", "-c", user_data.CHOOSE)
    deleted = http.post("/sync/pull", json={"cursor": ""}, headers=bearer(token)).json()["events"][8]["id"]
    access = http.post("/auth/login", json={"email": EMAIL, "password": PASSWORD}).json()["access_token"]
    answer = http.request("DELETE", "/api/events", json={"ids": [deleted]}, headers=bearer(access))
    assert answer.json() == {"deleted": 1}
    assert press(http, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 302


def check_is_filled(read: dict[str, Any], words: dict[str, set[str]]) -> None:
    """Without content the comparison would prove nothing."""
    assert len(read["/sync/pull"]["events"]) > 70
    assert len(read["/api/sessions?limit=200"]["sessions"]) >= 2
    assert {"note", "choice", "mark", "retention"} <= {name for line in read["/api/export"] for name in line}
    assert len(read["/api/commits"]["commits"]) > 0
    assert len(read["/api/files"]["files"]) > 0
    assert set(user_data.WORDS) == set().union(*words.values())


def missing(old: dict[str, set[str]], new: dict[str, set[str]]) -> dict[str, set[str]]:
    return {path: words - new[path] for path, words in old.items() if words - new[path]}


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_exports_go_from_each_release_to_the_other(old_code: Path, old_database: OwnDatabase, tmp_path: Path) -> None:
    environment = old_database.environment
    token = run(old_code, environment, "manage.py", "shell", "-v0", "-c", previous_release.MAKE_USER)
    with serve(old_code, environment) as http:
        fill(http, token, old_code, environment)
    old = export(old_code, environment, tmp_path / "old.ndjson")
    run(ROOT, old_database.owner, "manage.py", "migrate", "-v0")
    new = export(ROOT, environment, tmp_path / "new.ndjson")
    assert list(find_differences(old, new)) == []
    for code, name in ((ROOT, "old.ndjson"), (old_code, "new.ndjson")):
        run(ROOT, environment, "manage.py", "shell", "-v0", "-c", MAKE_COPY)
        run(code, environment, "manage.py", "import_account", str(tmp_path / name), "--user", COPY)
        copied = export(code, environment, tmp_path / "copied.ndjson", user=COPY)
        assert list(find_differences(anonymous(new), anonymous(copied))) == []
        run(ROOT, environment, "manage.py", "shell", "-v0", "-c", DELETE_COPY)


DELETE_COPY = f"""
from accounts.lifecycle.account_deletion import delete_account
from accounts.models import User
delete_account(User.objects.get(email="{COPY}").id)
"""


def export(code: Path, environment: dict[str, str], to: Path, *, user: str = EMAIL) -> list[Any]:
    to.write_text(run(code, environment, "manage.py", "export_account", "--user", user) + "\n")
    return sorted((json.loads(line) for line in to.read_text().splitlines()), key=json.dumps)


def anonymous(lines: list[Any]) -> list[Any]:
    """The lines without their owner, sorted."""
    return sorted(({name: line[name] for name in line if name != "user_id"} for line in lines), key=json.dumps)
