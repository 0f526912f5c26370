"""Stores backups in an S3 bucket.

Written for Cloudflare R2's limits: no ACL, parts of one size, composite checksums.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from backups.backup_errors import BackupError, ObjectExists, ObjectLocked, ObjectMissing
from backups.stores.object_store import PART_BYTES, UnfinishedUpload

CHUNK_BYTES = 1 << 20
MISSING_CODES = {"NoSuchKey", "404", "NoSuchUpload"}
EXISTS_CODES = {"PreconditionFailed", "ConditionalRequestConflict", "412"}
LOCKED_CODES = {"AccessDenied", "ObjectLockedByBucketPolicy", "MethodNotAllowed", "403"}


class S3Store:
    """A bucket. `url` is s3://bucket/prefix."""

    def __init__(self, url: str, *, endpoint: str, key: str, secret: str) -> None:
        import boto3  # a web process does not need it; this saves 40 MB
        from botocore.config import Config

        parsed_url = urlsplit(url)
        self.bucket, prefix = parsed_url.netloc, parsed_url.path.strip("/")
        self.prefix = f"{prefix}/" if prefix else ""
        # A store that hangs counts as failed. Each call has four attempts, which outlast a short fault.
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
    def open_writer(self, key: str) -> Iterator["MultipartUpload"]:
        with _translate_errors("start an upload"):
            checksum_options = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "COMPOSITE"}
            response = self.client.create_multipart_upload(**self._object_arguments(key), **checksum_options)
        upload = MultipartUpload(self.client, {**self._object_arguments(key), "UploadId": response["UploadId"]})
        try:
            yield upload
            upload.complete()
        except BaseException:
            upload.abort()
            raise

    def put_new(self, key: str, data: bytes) -> None:
        with _translate_errors("write"):
            self.client.put_object(**self._object_arguments(key), Body=data, IfNoneMatch="*", ChecksumAlgorithm="CRC32")

    def iter_chunks(self, key: str) -> Iterator[bytes]:
        with _translate_errors("read"):
            yield from self.client.get_object(**self._object_arguments(key))["Body"].iter_chunks(CHUNK_BYTES)

    def list_keys(self) -> list[str]:
        with _translate_errors("list"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key.removeprefix(self.prefix) for key in keys)

    def delete(self, key: str) -> None:
        try:
            with _translate_errors("delete", LOCKED_CODES, ObjectLocked):
                self.client.delete_object(**self._object_arguments(key))
        except ObjectMissing:
            return

    def list_unfinished(self) -> list[UnfinishedUpload]:
        with _translate_errors("list uploads"):
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=self.prefix)
            uploads = [item for page in pages for item in page.get("Uploads", [])]
        return [
            UnfinishedUpload(item["Key"].removeprefix(self.prefix), item["UploadId"], item["Initiated"])
            for item in uploads
        ]

    def abort_upload(self, upload: UnfinishedUpload) -> None:
        with _translate_errors("abort an upload"):
            self.client.abort_multipart_upload(**self._object_arguments(upload.key), UploadId=upload.id)

    def _object_arguments(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{key}"}


class MultipartUpload:
    """A running upload: one part is sent while the next part fills."""

    def __init__(self, client: Any, upload: dict[str, str]) -> None:
        self._client, self._upload = client, upload
        self._buffer, self._completed_parts = bytearray(), list[dict[str, Any]]()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="upload")
        self._pending: Future[dict[str, Any]] | None = None

    def write(self, data: bytes, /) -> int:
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            part = bytes(memoryview(self._buffer)[:PART_BYTES])
            del self._buffer[:PART_BYTES]
            self._submit_part(part)
        return len(data)

    def complete(self) -> None:
        if self._buffer or not self._completed_parts:
            self._submit_part(bytes(self._buffer))
        self._wait_for_pending()
        with _translate_errors("complete an upload"):
            self._client.complete_multipart_upload(**self._upload, MultipartUpload={"Parts": self._completed_parts})
        self._pool.shutdown()

    def abort(self) -> None:
        """Aborts the upload. If that fails, the next run aborts it."""
        self._pool.shutdown(cancel_futures=True)
        try:
            with _translate_errors("abort an upload"):
                self._client.abort_multipart_upload(**self._upload)
        except BackupError:
            return

    def _submit_part(self, part: bytes) -> None:
        self._wait_for_pending()
        self._pending = self._pool.submit(self._upload_part, len(self._completed_parts) + 1, part)

    def _wait_for_pending(self) -> None:
        if self._pending:
            self._completed_parts.append(self._pending.result())
            self._pending = None

    def _upload_part(self, number: int, part: bytes) -> dict[str, Any]:
        with _translate_errors(f"accept part {number}"):
            response = self._client.upload_part(**self._upload, PartNumber=number, Body=part, ChecksumAlgorithm="CRC32")
        checksums = {name: response[name] for name in ("ETag", "ChecksumCRC32") if name in response}
        return {"PartNumber": number, **checksums}


@contextmanager
def _translate_errors(
    action: str, refusal_codes: set[str] = EXISTS_CODES, refusal_error: type[BackupError] = ObjectExists
) -> Iterator[None]:
    """Replaces an error of the library by BackupError with its code, never with the text of a response."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        error_class = (
            ObjectMissing if code in MISSING_CODES else refusal_error if code in refusal_codes else BackupError
        )
        raise error_class(f"The store did not {action}: {code}.") from error
    except BotoCoreError as error:
        raise BackupError(f"The store did not {action}: {type(error).__name__}.") from error
