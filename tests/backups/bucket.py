"""A real S3 server (SeaweedFS, which checks signatures and digests), and a proxy before it that injects errors."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.environment import free_port
from tests.server import wait_for

KEY, SECRET, BUCKET = "fog-key", "fog-secret", "fog"
WEED = Path(sys.executable).with_name("weed")


def client(endpoint: str) -> Any:
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    credentials = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    return boto3.client("s3", endpoint_url=endpoint, region_name="auto", config=config, **credentials)


@contextmanager
def running() -> Iterator[str]:
    """Yields the address of an S3 server with one empty bucket."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        identity = {
            "name": "fog",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        Path(folder, "s3.json").write_text(json.dumps({"identities": [identity]}))
        address = f"http://127.0.0.1:{(port := free_port())}"
        process = subprocess.Popen(command(folder, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: has_bucket(address), what="the S3 server")
            yield address
        finally:
            process.kill()
            process.wait()


def command(folder: str, port: int) -> list[str]:
    ports = {
        name: free_port()
        for part in ("master", "volume", "filer", "s3")
        for name in (f"{part}.port", f"{part}.port.grpc")
    }
    given = {
        **ports,
        "s3.port": port,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.telemetry": "false",
        "s3.config": f"{folder}/s3.json",
        "volume.max": 100,
    }
    where = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-filer", "-s3", "-master.volumeSizeLimitMB=64"]
    return [str(WEED), "server", *where, *(f"-{name}={value}" for name, value in given.items())]


def has_bucket(address: str) -> bool:
    try:
        client(address).create_bucket(Bucket=BUCKET)
    except (BotoCoreError, ClientError):
        return False
    return True


Mood = Callable[[str, str], int]  # method, path → the status of the proxy's answer; 0 forwards the request


class Moody:
    """A proxy before an S3 server. It answers itself where `mood` returns a status."""

    def __init__(self, address: str) -> None:
        self.behind = address.removeprefix("http://")
        self.mood: Mood = lambda method, path: 0
        moody = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                moody.answer(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                """Logs nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = self._body(asked)
        if status := self.mood(asked.command, asked.path):
            self._send(asked, status, {}, b"<Error><Code>AccessDenied</Code></Error>" if status == 403 else b"")
            return
        # The signature covers the host header, so the proxy forwards it unchanged.
        there = HTTPConnection(self.behind, timeout=240)
        there.putrequest(asked.command, asked.path, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers.items():
            if name.lower() not in ("transfer-encoding", "expect", "connection"):
                there.putheader(name, value)
        there.endheaders(body)
        given = there.getresponse()
        self._send(asked, given.status, dict(given.getheaders()), given.read())
        there.close()

    def _body(self, asked: BaseHTTPRequestHandler) -> bytes:
        return asked.rfile.read(int(asked.headers.get("Content-Length") or 0))

    def _send(self, asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
        asked.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        try:
            asked.wfile.write(body)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            return

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def environment(endpoint: str, prefix: str) -> dict[str, str]:
    """Returns the settings of a server that backs up to this bucket."""
    return {
        "BACKUP_URL": f"s3://{BUCKET}/{prefix}",
        "BACKUP_S3_ENDPOINT": endpoint,
        "BACKUP_S3_KEY": KEY,
        "BACKUP_S3_SECRET": SECRET,
        "PATH": os.environ["PATH"],
    }
