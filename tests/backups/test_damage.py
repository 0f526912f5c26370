"""A damaged backup is not restored, and the rows of the target database stay."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import environ
import pytest

from backups import manifest, restore
from backups.backup_errors import BackupError
from backups.manifest import ContentDigest
from backups.stores.folder_store import FolderStore
from tests.backups.site import ON_POSTGRESQL, Site, rows

PLACES = 200


def flip(data: bytes, at: int, dice: random.Random) -> bytes:
    return data[:at] + bytes([data[at] ^ dice.randint(1, 255)]) + data[at + 1 :]


def cut(data: bytes, at: int, dice: random.Random) -> bytes:
    return data[:at]


def append(data: bytes, at: int, dice: random.Random) -> bytes:
    return data + dice.randbytes(1 + at % 100)


def swap(data: bytes, at: int, dice: random.Random) -> bytes:
    """Swaps two pieces of the same length."""
    length = max(1, min(at, len(data) - at) // 2)
    other = (at + length) % (len(data) - length)
    first, second = sorted((min(at, len(data) - length), other))
    if second - first < length:
        return cut(data, at, dice)
    middle = data[first + length : second]
    return (
        data[:first] + data[second : second + length] + middle + data[first : first + length] + data[second + length :]
    )


WAYS: list[Callable[[bytes, int, random.Random], bytes]] = [flip, cut, append, swap]


@pytest.mark.parametrize("file", ["dump.age", "manifest.json"])
def test_nothing_that_was_changed_anywhere_is_restored(site: Site, tmp_path: Path, file: str) -> None:
    name, into = site.back_up(), site.new_database()
    copytree(site.store, tmp_path / "store")
    path, whole = tmp_path / "store" / name / file, (site.store / name / file).read_bytes()
    dice = random.Random(7)
    for n in range(PLACES // 2):
        damaged = WAYS[n % len(WAYS)](whole, dice.randrange(len(whole)), dice)
        assert damaged != whole
        path.write_bytes(damaged)
        with (
            pytest.raises(BackupError),
            restore.open_dump(FolderStore(tmp_path / "store"), name, site.identity) as dump,
        ):
            restore.restore_dump(dump, environ.Env.db_url_config(into))
    path.write_bytes(whole)
    # The undamaged backup restores: the damage was the reason of the errors above.
    with restore.open_dump(FolderStore(tmp_path / "store"), name, site.identity) as dump:
        assert rows(into) == {}
        restore.restore_dump(dump, environ.Env.db_url_config(into))
    assert rows(into)


def test_one_backup_in_the_place_of_another_is_refused(site: Site) -> None:
    first, second, into = site.back_up(), site.back_up(), site.new_database()
    for file, says in (("dump.age", "is damaged"), ("manifest.json", "was changed")):
        (site.store / first / file).write_bytes((site.store / second / file).read_bytes())
        assert says in site.restore(first, into).stderr
        assert rows(into) == {}


def test_verify_tells_a_damaged_backup(site: Site) -> None:
    name = site.back_up()
    assert site.run("backup_verify", name).returncode == 0
    sealed = site.store / name / "dump.age"
    sealed.write_bytes(flip(sealed.read_bytes(), 99, random.Random(7)))
    assert "is damaged" in site.refused("backup_verify", name)


def test_verify_knows_no_backup_without_a_manifest(site: Site) -> None:
    name = site.back_up()
    (site.store / name / "manifest.json").unlink()
    assert "no such file" in site.refused("backup_verify", name)


def test_a_damaged_backup_is_reported_once_and_does_not_count(site: Site) -> None:
    name = site.back_up()
    (site.store / name / "dump.age").write_bytes(b"x")
    for _ in range(2):
        site.ask("backup_prune")
    assert len([mail for mail in site.mails() if "A backup is damaged" in mail and name in mail]) == 1
    assert site.shell("from backups.backup_alarm import load_status; print(load_status().is_late)") == "True"


def test_a_backup_that_somebody_deleted_is_missed(site: Site) -> None:
    name = site.ask("backup_now")["name"]
    site.empty_store()
    site.ask("backup_prune")
    assert any("Backups are missing" in mail and name in mail for mail in site.mails())


def rewritten(site: Site, name: str, **over: object) -> str:
    """Writes other values into the manifest of a backup, which stays valid. Returns the backup's name."""
    path = site.store / name / "manifest.json"
    path.write_bytes(manifest.serialize_manifest(replace(manifest.parse_manifest(path.read_bytes(), name), **over)))  # type: ignore[arg-type]
    return name


def test_a_dump_that_holds_something_else_is_refused(site: Site) -> None:
    name = rewritten(site, site.back_up(), plain=ContentDigest(1, "0" * 64))
    assert "does not match its manifest" in site.restore(name, into := site.new_database()).stderr
    assert rows(into) == {}


def test_rows_that_do_not_come_back_are_told_by_their_table(site: Site) -> None:
    name = site.back_up()
    tables = manifest.parse_manifest((site.store / name / "manifest.json").read_bytes(), name).tables
    changed = {table: replace(said, rows=said.rows + 1) for table, said in tables.items()}
    rewritten(site, name, tables=changed)
    with pytest.raises(BackupError, match=r"restored tables differ|does not match its manifest"):
        site.comes_back(name)


def test_a_backup_of_one_database_is_not_for_another(site: Site) -> None:
    other = "sqlite:////tmp/x.sqlite3" if ON_POSTGRESQL else "postgres://nobody@127.0.0.1:1/x"
    assert "This is a backup of" in site.restore(site.back_up(), other).stderr
    assert "not mysql" in site.restore(site.back_up(), "mysql://nobody@127.0.0.1/x").stderr


def test_a_record_of_a_rehearsal_that_is_none_is_passed_over(site: Site) -> None:
    name = site.back_up()
    (site.store / name / "rehearsed-20261121T000000Z.json").write_text("[]")
    assert site.ask("backup_prune") == {"ok": True, "deleted": []}
    assert site.shell("from backups.backup_alarm import load_status; print(load_status().rehearsed_at)") == "None"
