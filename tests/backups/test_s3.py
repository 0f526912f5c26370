"""Backups in a bucket of a real S3 server, also with errors of that server."""

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from random import Random
from uuid import uuid4

import pytest

from backups import age_encryption, backup_files
from backups.backup_errors import BackupError, ObjectExists, ObjectLocked, ObjectMissing
from backups.stores import object_store
from backups.stores.s3_store import S3Store
from tests.backups import bucket
from tests.backups.bucket import BUCKET, KEY, SECRET, Moody
from tests.backups.site import Site, execute, query
from tests.server import wait_for


def opened(address: str, prefix: str = "") -> S3Store:
    return S3Store(f"s3://{BUCKET}/{prefix or uuid4().hex}", endpoint=address, key=KEY, secret=SECRET)


def at(address: str) -> tuple[dict[str, str], S3Store]:
    """Returns settings with a new prefix in the bucket, and the store of this prefix."""
    prefix = uuid4().hex
    return bucket.environment(address, prefix), opened(address, prefix)


def test_a_backup_goes_to_a_bucket_and_comes_back(site: Site, s3: str) -> None:
    settings, place = at(s3)
    name = site.ask("backup_now", **settings)["name"]
    assert place.list_keys() == [f"{name}/dump.age", f"{name}/manifest.json"]
    assert place.list_unfinished() == []
    assert [known["name"] for known in site.ask("backup_list", **settings)["backups"]] == [name]
    done = site.restore(name, site.new_database(), **settings)
    assert done.returncode == 0, done.stderr
    assert site.ask("backup_prune", **settings)["deleted"] == []


def test_a_large_object_travels_in_equal_parts(s3: str) -> None:
    place, data = opened(s3), Random(7).randbytes(2 * object_store.PART_BYTES + 12_345)
    with place.open_writer("a/dump.age") as sink:
        for at_byte in range(0, len(data), 99_991):
            sink.write(data[at_byte : at_byte + 99_991])
    assert b"".join(place.iter_chunks("a/dump.age")) == data
    parts = place.client.get_object_attributes(
        Bucket=BUCKET, Key=f"{place.prefix}a/dump.age", ObjectAttributes=["ObjectParts", "Checksum"]
    )
    assert parts["ObjectParts"]["TotalPartsCount"] == 3
    place.delete("a/dump.age")
    place.delete("a/dump.age")
    with pytest.raises(ObjectMissing):
        list(place.iter_chunks("a/dump.age"))


def test_what_ends_in_an_error_was_never_there(s3: str) -> None:
    place = opened(s3)
    with suppress(ZeroDivisionError), place.open_writer("a/dump.age") as sink:
        sink.write(bytes(object_store.PART_BYTES + 1))
        raise ZeroDivisionError
    assert place.list_keys() == []
    assert place.list_unfinished() == []


def test_of_two_that_write_a_manifest_one_has_written(s3: str) -> None:
    place = opened(s3)
    place.put_new("a/manifest.json", b"first")
    with pytest.raises(ObjectExists):
        place.put_new("a/manifest.json", b"second")
    assert b"".join(place.iter_chunks("a/manifest.json")) == b"first"


def test_a_wrong_key_is_refused(s3: str) -> None:
    stranger = S3Store(f"s3://{BUCKET}/x", endpoint=s3, key=KEY, secret="wrong")
    with pytest.raises(BackupError, match=r"SignatureDoesNotMatch|AccessDenied"):
        stranger.list_keys()


def parts(method: str, path: str) -> bool:
    return method == "PUT" and "partNumber" in path


def slowly(method: str, path: str) -> int:
    time.sleep(20 * parts(method, path))
    return 0


def manifests(method: str, path: str) -> bool:
    return method == "PUT" and path.endswith("manifest.json")


def completions(method: str, path: str) -> bool:
    return method == "POST" and re.search(r"uploadId=", path) is not None


@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("what", [parts, completions, manifests])
def test_a_store_that_refuses_has_no_backup_and_the_one_before_stays(
    site: Site, moody: Moody, status: int, what: Callable[[str, str], bool]
) -> None:
    settings, place = at(moody.address)
    # Only one case runs the whole command. The others run within this process, which is faster.
    if what is parts and status == 503:
        before = site.ask("backup_now", **settings)["name"]
        moody.mood = lambda method, path: status * what(method, path)
        assert "The store did not" in site.refused("backup_now", **settings)
        moody.mood = lambda method, path: 0
        assert backup_files.list_names(place) == [before]
        assert site.comes_back(before, place)
    moody.mood = lambda method, path: status * what(method, path)
    with pytest.raises(BackupError):
        _write(place)
    moody.mood = lambda method, path: 0
    assert not [key for key in place.list_keys() if key.startswith("b/") and key.endswith("manifest.json")]
    assert place.list_unfinished() == []


def _write(place: S3Store) -> None:
    with place.open_writer("b/dump.age") as sink:
        sink.write(b"sealed")
    place.put_new("b/manifest.json", b"{}")


def test_a_store_that_refuses_in_the_middle_is_named_as_the_cause(site: Site, moody: Moody) -> None:
    place, recipients = opened(moody.address), site.environment["BACKUP_RECIPIENTS"].split(",")
    moody.mood = lambda method, path: 403 * (parts(method, path) and "partNumber=2" in path)
    plain = BytesIO(Random(7).randbytes(4 * object_store.PART_BYTES))
    with pytest.raises(BackupError, match="did not accept part 2"), place.open_writer("a/dump.age") as sink:
        age_encryption.encrypt(plain, sink, recipients)
    assert place.list_unfinished() == []


def test_a_store_that_does_not_answer_says_nothing_about_a_backup(site: Site, moody: Moody) -> None:
    settings, _ = at(moody.address)
    site.ask("backup_now", "--nightly", **settings)
    moody.mood = lambda method, path: 403 * (method == "GET" and path.endswith("dump.age"))
    assert "The store did not read" in site.refused("backup_prune", **settings)
    assert query(site.url, "SELECT count(*) FROM backups_run WHERE verified_at IS NOT NULL") == [(1,)]


def test_a_hiccup_is_outlived(site: Site, moody: Moody) -> None:
    settings, _ = at(moody.address)
    seen: list[str] = []

    def once(method: str, path: str) -> int:
        first = parts(method, path) and not seen
        seen.extend(["x"] if first else [])
        return 500 if first else 0

    moody.mood = once
    assert site.ask("backup_now", **settings)["name"]
    assert seen


def test_a_run_killed_while_it_uploads_is_cleared_away_by_the_next(site: Site, moody: Moody) -> None:
    settings, place = at(moody.address)
    before = site.ask("backup_now", **settings)["name"]
    moody.mood = slowly
    process = site.start("backup_now", "--nightly", **settings)
    wait_for(place.list_unfinished, what="the upload")
    process.kill()
    process.communicate()
    moody.mood = lambda method, path: 0
    assert backup_files.list_names(place) == [before]
    execute(site.url, "UPDATE backups_run SET next_attempt_at = '2026-01-01 00:00:00' WHERE night IS NOT NULL")
    after = site.ask("backup_now", "--nightly", **settings)["name"]
    assert place.list_unfinished() == []
    assert backup_files.list_names(place) == [before, after]


def test_what_a_lock_holds_is_left_to_it(moody: Moody) -> None:
    place = opened(moody.address)
    place.put_new("a/manifest.json", b"{}")
    moody.mood = lambda method, path: 403 * (method == "DELETE")
    with pytest.raises(ObjectLocked):
        place.delete("a/manifest.json")


def test_nothing_of_the_bucket_stands_in_the_web_process() -> None:
    """The libraries of object stores would take a third of the memory of an idle web process."""
    import subprocess
    import sys

    code = "import sys, memfog.asgi; print([name for name in ('boto3', 'botocore', 'pyrage') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.strip() == "[]", done.stderr


def test_a_dump_that_somebody_left_goes_unless_a_lock_holds_it(site: Site, moody: Moody) -> None:
    settings, place = at(moody.address)
    left = "20260101T000000Z-0000/dump.age"
    place.put_new(left, b"sealed, and then nothing")
    moody.mood = lambda method, path: 403 * (method == "DELETE")
    site.ask("backup_prune", **settings)
    assert place.list_keys() == [left]
    moody.mood = lambda method, path: 0
    site.ask("backup_prune", **settings)
    assert place.list_keys() == []


def test_a_night_whose_backups_cannot_be_checked_is_told(site: Site, moody: Moody) -> None:
    settings, place = at(moody.address)
    before = site.ask("backup_now", **settings)["name"]
    moody.mood = lambda method, path: 403 * (method == "GET" and f"{before}/dump.age" in path)
    assert "The store did not read" in site.refused("backup_now", "--nightly", **settings)
    assert any("Backups could not be checked" in mail for mail in site.mails())
    assert len(backup_files.list_names(place)) == 2
