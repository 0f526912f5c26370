"""Proves that the nightly backup is made, listed and readable, and that it restores."""

import json

from script.deploy_check.debian_root import DebianRoot
from script.deploy_check.outside import Outside
from script.deploy_check.report import Report
from tests.server import wait_for

MANAGE = "cd /opt/memfog && sudo -u memfog .venv/bin/python manage.py"
CELERY = "cd /opt/memfog && sudo -u memfog .venv/bin/python -m celery -A memfog"
NIGHTLY = "SELECT name FROM backups_run WHERE night IS NOT NULL AND state = 'done'"
IDENTITY = "/run/operators.key"
# As step 3 of the document makes the first one.
EMPTY_DATABASE = """
CREATE DATABASE restored OWNER memfog_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
\\connect restored
ALTER DEFAULT PRIVILEGES FOR ROLE memfog_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO memfog;
ALTER DEFAULT PRIVILEGES FOR ROLE memfog_owner GRANT USAGE, SELECT ON SEQUENCES TO memfog;
"""
RESTORE = (
    "cd /opt/memfog && sudo -u memfog_owner MEMFOG_DATA=/tmp/memfog-restore .venv/bin/python manage.py backup_restore"
)
WAIT_S = 60.0


def prove(root: DebianRoot, outside: Outside, report: Report) -> None:
    with report.prove(
        "the nightly task makes an encrypted backup, backup_list lists it, backup_verify opens it"
    ) as note:
        note(_prove_nightly_backup(root, outside))
    with report.prove("it restores into an empty database of memfog_owner, and memfog may use it") as note:
        note(f"{_prove_restore(root)} account(s)")


def _prove_nightly_backup(root: DebianRoot, outside: Outside) -> str:
    root.run(f"{CELERY} call backups.tasks.start_if_due")
    name = wait_for(lambda: root.run(f'sudo -u postgres psql memfog -Atc "{NIGHTLY}"').strip(), seconds=WAIT_S)
    root.write(IDENTITY, outside.identity.read_text())
    root.run(f"{MANAGE} backup_verify {name} --identity {IDENTITY}")
    listed = _list_backups(root)
    assert name in listed, listed
    assert len(listed) > 1, "the first backup is not listed"
    return name


def _prove_restore(root: DebianRoot) -> int:
    name = max(_list_backups(root))
    root.run(f"sudo -u postgres psql -v ON_ERROR_STOP=1 <<'END'\n{EMPTY_DATABASE}END")
    root.run(f"{RESTORE} {name} --into postgres:///restored --identity {IDENTITY}")
    return int(root.run("sudo -u memfog psql -Atc 'SELECT count(*) FROM accounts_user' restored"))


def _list_backups(root: DebianRoot) -> set[str]:
    listed = json.loads(root.run(f"{MANAGE} backup_list --json"))
    return {str(one["name"]) for one in listed["backups"]}
