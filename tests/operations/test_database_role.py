"""Row-level security separates users only where it applies: the server refuses a role that bypasses it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.databases import create_role, database_url
from tests.environment import DATABASE, free_port
from tests.server import ROOT

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("database")]

BYPASSING = "memfog_test_bypassing"
WEB = ["-m", "memfog"]
WORKER = ["-m", "celery", "-A", "memfog", "worker", "-P", "threads", "-c", "1", "-l", "ERROR"]
CHECK = ["manage.py", "check", "--deploy"]


def run(command: Sequence[str], url: str, **environment: str) -> tuple[int, str]:
    given = {**os.environ, "PORT": str(free_port()), "DATABASE_URL": url, **environment}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=240
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(params=["superuser", "BYPASSRLS"])
def unsafe(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The URL of a role that row-level security does not apply to, and its name."""
    superuser = os.environ["MEMFOG_TEST_POSTGRES"]
    if request.param == "superuser":
        role = urlsplit(superuser).username or ""
    else:
        role = BYPASSING
        create_role(superuser, role, "LOGIN NOSUPERUSER BYPASSRLS")
        with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as owner:
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
    return database_url(superuser, role, DATABASE), role


@pytest.mark.parametrize(("command", "processes"), [(WEB, "1"), (WEB, "2"), (WORKER, "1")])
def test_no_process_serves_as_a_role_that_bypasses_it(
    unsafe: tuple[str, str], command: Sequence[str], processes: str
) -> None:
    url, role = unsafe
    code, output = run(command, url, WEB_CONCURRENCY=processes, REDIS_URL=os.environ.get("REDIS_URL", ""))
    assert code not in {0, None}
    assert f"The role `{role}` of DATABASE_URL" in output
    assert f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS" in output


def test_the_check_names_such_a_role(unsafe: tuple[str, str]) -> None:
    code, output = run(CHECK, unsafe[0])
    assert code != 0
    assert "memfog.E010" in output


def test_the_check_warns_of_the_owner_and_of_no_other() -> None:
    assert "memfog.W010" in run(CHECK, os.environ["MEMFOG_TEST_OWNER"])[1]
    assert "memfog.W010" not in run(CHECK, os.environ["DATABASE_URL"])[1]


def test_behind_a_pooler_the_check_asks_for_limits_of_the_role() -> None:
    assert "memfog.W011" in run(CHECK, os.environ["DATABASE_URL"], DATABASE_POOLED="1")[1]
    assert "memfog.W011" not in run(CHECK, os.environ["DATABASE_URL"])[1]
