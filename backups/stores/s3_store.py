"""Backups in a bucket of any S3. Written for Cloudflare R2's limits: no ACL, parts of one size, composite checksums."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from backups.backup_errors import Held, Missing, Taken, Trouble
from backups.stores.object_store import PART, Upload

PIECE = 1 << 20
MISSING = {"NoSuchKey", "404", "NoSuchUpload"}
TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412"}
HELD = {"AccessDenied", "ObjectLockedByBucketPolicy", "MethodNotAllowed", "403"}


class Bucket:
    """`url` is s3://bucket/prefix."""

    def __init__(self, url: str, *, endpoint: str, key: str, secret: str) -> None:
        import boto3  # a web process has no use for it, and is spared 40 MB
        from botocore.config import Config

        place = urlsplit(url)
        self.bucket, prefix = place.netloc, place.path.strip("/")
        self.prefix = f"{prefix}/" if prefix else ""
        # A store that hangs is one that fails; each call is tried four times, which outlives a hiccup.
        config = Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 4},
            s3={"addressing_style": "path"},
        )
        credentials = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        self.client: Any = boto3.client(
            "s3", endpoint_url=endpoint or None, region_name="auto", config=config, **credentials
        )

    @contextmanager
    def writing(self, key: str) -> Iterator["Parts"]:
        with _told("begin an upload"):
            how = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "COMPOSITE"}
            begun = self.client.create_multipart_upload(**self._at(key), **how)
        parts = Parts(self.client, {**self._at(key), "UploadId": begun["UploadId"]})
        try:
            yield parts
            parts.complete()
        except BaseException:
            parts.abort()
            raise

    def put_new(self, key: str, data: bytes) -> None:
        with _told("write"):
            self.client.put_object(**self._at(key), Body=data, IfNoneMatch="*", ChecksumAlgorithm="CRC32")

    def read(self, key: str) -> Iterator[bytes]:
        with _told("read"):
            yield from self.client.get_object(**self._at(key))["Body"].iter_chunks(PIECE)

    def objects(self) -> list[str]:
        with _told("list"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            found = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key.removeprefix(self.prefix) for key in found)

    def delete(self, key: str) -> None:
        try:
            with _told("delete", HELD, Held):
                self.client.delete_object(**self._at(key))
        except Missing:
            return

    def unfinished(self) -> list[Upload]:
        with _told("list uploads"):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=self.prefix)
            found = [item for page in pages for item in page.get("Uploads", [])]
        return [Upload(item["Key"].removeprefix(self.prefix), item["UploadId"], item["Initiated"]) for item in found]

    def abort(self, upload: Upload) -> None:
        with _told("end an upload"):
            self.client.abort_multipart_upload(**self._at(upload.key), UploadId=upload.id)

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{key}"}


class Parts:
    """An upload under way: one part travels while the next one fills."""

    def __init__(self, client: Any, upload: dict[str, str]) -> None:
        self._client, self._upload = client, upload
        self._filling, self._sent = bytearray(), list[dict[str, Any]]()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="upload")
        self._travelling: Future[dict[str, Any]] | None = None

    def write(self, data: bytes, /) -> int:
        self._filling += data
        while len(self._filling) >= PART:
            part = bytes(memoryview(self._filling)[:PART])
            del self._filling[:PART]
            self._send(part)
        return len(data)

    def complete(self) -> None:
        if self._filling or not self._sent:
            self._send(bytes(self._filling))
        self._arrive()
        with _told("complete an upload"):
            self._client.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._sent})
        self._pool.shutdown()

    def abort(self) -> None:
        """What is left of one that cannot be ended now, the next run ends."""
        self._pool.shutdown(cancel_futures=True)
        try:
            with _told("end an upload"):
                self._client.abort_multipart_upload(**self._upload)
        except Trouble:
            return

    def _send(self, part: bytes) -> None:
        self._arrive()
        self._travelling = self._pool.submit(self._upload_part, len(self._sent) + 1, part)

    def _arrive(self) -> None:
        if self._travelling:
            self._sent.append(self._travelling.result())
            self._travelling = None

    def _upload_part(self, number: int, part: bytes) -> dict[str, Any]:
        with _told(f"take part {number}"):
            given = self._client.upload_part(**self._upload, PartNumber=number, Body=part, ChecksumAlgorithm="CRC32")
        said = {name: given[name] for name in ("ETag", "ChecksumCRC32") if name in given}
        return {"PartNumber": number, **said}


@contextmanager
def _told(what: str, refusals: set[str] = TAKEN, refused: type[Trouble] = Taken) -> Iterator[None]:
    """An error of the library in our words: its code, never an answer's text."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        kind = Missing if code in MISSING else refused if code in refusals else Trouble
        raise kind(f"The store did not {what}: {code}.") from error
    except BotoCoreError as error:
        raise Trouble(f"The store did not {what}: {type(error).__name__}.") from error
