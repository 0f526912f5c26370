"""The nightly run: one process makes one backup, another takes over if it dies, and expired backups are deleted."""

import os
import random
import signal
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from subprocess import TimeoutExpired
from time import monotonic

import pytest

from backups import backup_retention, manifest
from backups.backup_retention import StoredBackup
from backups.stores.folder_store import FolderStore
from tests.backups.site import Site, execute, query
from tests.server import wait_for

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def kept(*days: int, damaged: tuple[int, ...] = ()) -> list[StoredBackup]:
    return [StoredBackup(str(day), NOW - timedelta(days=day, hours=1), day not in damaged) for day in days]


@pytest.mark.parametrize(
    ("backups", "gone"),
    [
        ([], []),
        (kept(*range(14)), []),
        (kept(*range(15)), ["14"]),
        (kept(*range(17)), ["16", "15", "14"]),
        (kept(*range(20, 40)), ["39", "38", "37", "36", "35", "34"]),  # no new backups: the newest fourteen stay
        (kept(*range(15), damaged=(3,)), []),
        (kept(*range(16), damaged=(3,)), ["15"]),
        (kept(*range(30), damaged=tuple(range(20))), []),
        (kept(*[0] * 40), []),
    ],
)
def test_what_may_go(backups: list[StoredBackup], gone: list[str]) -> None:
    assert backup_retention.list_expired(backups, NOW) == gone


def age(site: Site, name: str, days: int) -> str:
    """Copies a backup, with the date of so many days ago. Returns the name of the copy."""
    at = datetime.now(UTC) - timedelta(days=days, minutes=5)
    older = manifest.make_name(at, f"{days:04}")
    copytree(site.store / name, site.store / older)
    made = replace(manifest.parse_manifest((site.store / name / "manifest.json").read_bytes(), name), name=older)
    text = manifest.serialize_manifest(replace(made, made_at=at.isoformat(timespec="seconds")))
    (site.store / older / "manifest.json").write_bytes(text)
    return older


def test_pruning_keeps_fourteen_days(site: Site) -> None:
    name = site.back_up()
    older = [age(site, name, days) for days in range(1, 17)]
    assert site.ask("backup_prune")["deleted"] == [older[15], older[14], older[13]]
    assert site.names() == [*reversed(older[:13]), name]
    assert not (site.store / older[15]).exists()


def test_two_schedulers_make_one_backup(site: Site) -> None:
    both = [site.start("backup_now", "--nightly") for _ in range(2)]
    said = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert len([text for text in said if "in progress" in text]) == 1
    assert len(site.names()) == 1
    assert site.ask("backup_now", "--nightly") == {"ok": True, "name": None}


def begun(site: Site) -> list[Path]:
    return list(site.store.glob("*/*.unfinished"))


@pytest.mark.parametrize("after", [0.0, 0.05])
def test_a_killed_run_leaves_no_backup_and_is_tried_again(site: Site, after: float) -> None:
    before = site.back_up()
    process = site.start("backup_now", "--nightly")
    wait_for(lambda: begun(site) or process.poll() is not None, what="the upload")
    with suppress(TimeoutExpired):
        process.wait(after)
    process.kill()
    process.communicate()
    made = site.names()
    if process.returncode == -signal.SIGKILL:
        assert site.ask("backup_now", "--nightly")["name"] is None  # its lease has not ended yet
        execute(site.url, "UPDATE backups_run SET next_attempt_at = '2026-01-01 00:00:00' WHERE state = 'running'")
        assert site.ask("backup_now", "--nightly")["name"] or len(made) == 2  # the backup was complete before the kill
    if process.returncode == -signal.SIGKILL and len(made) == 1:
        assert any("was killed. Attempt 2 starts" in mail for mail in site.mails())
        assert query(site.url, "SELECT attempts FROM backups_run WHERE night IS NOT NULL") == [(2,)]
    assert begun(site) == []
    assert list(site.data.glob("backup-*")) == []
    assert before in site.names()
    assert site.comes_back(before)


def test_killed_at_any_moment_it_leaves_whole_backups_only(site: Site) -> None:
    start = monotonic()
    before = site.back_up()
    took = monotonic() - start
    for _ in range(5):
        process = site.start("backup_now")
        with suppress(TimeoutExpired):
            process.wait(random.uniform(0.3, 1.0) * took)
        process.kill()
        process.communicate()
    # Expire the leases of the killed runs, so that the next run removes their files.
    execute(site.url, "UPDATE backups_run SET next_attempt_at = '2026-01-01 00:00:00' WHERE state = 'running'")
    after = site.ask("backup_now")["name"]
    assert begun(site) == []
    assert list(site.data.glob("backup-*")) == []
    assert {before, after} <= set(site.names())
    for name in site.names():
        assert site.ask("backup_verify", name)["ok"]
    assert site.comes_back(before)
    assert site.comes_back(after)


def test_a_run_that_failed_is_tried_again_later_and_five_times_at_most(site: Site) -> None:
    nowhere = {"BACKUP_URL": "/proc/nowhere"}
    site.refused("backup_now", "--nightly", **nowhere)
    assert "The next attempt is at" in site.mails()[-1]
    assert site.ask("backup_now", "--nightly")["name"] is None  # not due yet
    execute(site.url, "UPDATE backups_run SET attempts = 4, next_attempt_at = '2026-01-01 00:00:00'")
    site.refused("backup_now", "--nightly", **nowhere)
    assert query(site.url, "SELECT attempts, state, next_attempt_at FROM backups_run") == [(5, "failed", None)]
    assert "There is no further attempt" in site.mails()[-1]


def test_the_clock_begins_it_in_a_process_of_its_own(site: Site) -> None:
    site.shell(
        "from backups import tasks; tasks.start_if_due(); tasks.start_if_due(); assert len(tasks._children) == 1;"
        "assert tasks._children[0].wait(60) == 0; tasks.start_if_due(); assert not tasks._children"
    )
    assert len(site.names()) == 1
    site.shell(
        "from backups import tasks; tasks.start_if_due(); tasks.check_freshness(); assert not tasks._children",
        BACKUP_URL="",
    )


def test_a_rehearsal_is_recorded_beside_the_manifest(site: Site) -> None:
    name = site.back_up()
    scratch = ["--scratch", os.environ["MEMFOG_TEST_POSTGRES"]] if "MEMFOG_TEST_POSTGRES" in os.environ else []
    site.ask("backup_rehearse", "--identity", str(site.identity), *scratch)
    site.ask("backup_prune")
    standing = "from backups.backup_alarm import load_status; s = load_status(); "
    standing += "print(s.rehearsed_well, s.is_rehearsal_overdue, s.is_late)"
    assert site.shell(standing) == "True False False"
    assert len(list((site.store / name).glob("rehearsed-*.json"))) == 1


def test_a_rehearsal_that_fails_is_recorded_too(site: Site) -> None:
    name = site.back_up()
    sealed = site.store / name / "dump.age"
    whole = sealed.read_bytes()
    sealed.write_bytes(whole[:-1])
    assert "is damaged" in site.refused("backup_rehearse", name, "--identity", str(site.identity))
    sealed.write_bytes(whole)
    site.ask("backup_prune")
    site.shell("from backups.tasks import check_freshness; check_freshness()")
    assert any("Restore rehearsal failed" in mail for mail in site.mails())


def test_there_is_nothing_to_rehearse_without_a_backup(site: Site) -> None:
    assert "There is no backup" in site.refused("backup_rehearse", "--identity", str(site.identity))


def test_of_two_that_write_a_manifest_one_has_written(tmp_path: Path) -> None:
    from backups.backup_errors import ObjectExists

    shelf = FolderStore(tmp_path)
    shelf.put_new("a/manifest.json", b"first")
    with pytest.raises(ObjectExists):
        shelf.put_new("a/manifest.json", b"second")
    assert b"".join(shelf.iter_chunks("a/manifest.json")) == b"first"


def test_a_run_that_is_killed_again_and_again_is_given_up(site: Site) -> None:
    site.ask("backup_now", "--nightly")
    execute(site.url, "UPDATE backups_run SET state = 'running', attempts = 5, next_attempt_at = '2026-01-01 00:00:00'")
    assert site.ask("backup_now", "--nightly")["name"] is None
    ((state, error),) = query(site.url, "SELECT state, error FROM backups_run")
    assert (state, error) == ("failed", "The backup process was killed.")
