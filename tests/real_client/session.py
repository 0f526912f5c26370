"""One session of the real Claude Code on loopback, answered by a scripted messages API.

The environment starts empty, so that the client gets neither the account nor the settings of the caller.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import reaper
from tests.server import wait_for

HERE = Path(__file__).parent
SECONDS = 180
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    "NO_PROXY": "127.0.0.1,localhost",
    "IS_SANDBOX": "1",
}

# Parts that differ between any two sessions: ids, times, durations.
_VARIES = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?:toolu|msg|req)_[0-9A-Za-z]+"
    r"|\ba[0-9a-f]{16}\b"
    r"|\d{4}-\d\d-\d\dT[0-9:.]+Z"
    r"|duration_ms: \d+"
)
# A mark on the last block. Which block is last depends on which tool ended last.
_CACHE_MARK = re.compile(r', "cache_control": {[^}]*}')


@dataclass(frozen=True)
class Session:
    """The outcome of a session: its exit code, the rows that it printed, and its requests to the API."""

    exit_code: int
    printed: list[dict[str, Any]]
    requests: list[dict[str, Any]]

    def result(self) -> str:
        return str(next(row["result"] for row in self.printed if row["type"] == "result"))

    def id(self) -> str:
        return str(next(row["session_id"] for row in self.printed if "session_id" in row))

    def said(self) -> list[str]:
        """The messages that the session printed, without parts that differ between any two sessions."""
        # Sorted by text, because of two parallel tools either may end first.
        return sorted(_plain(row["message"]) for row in self.printed if row["type"] in {"assistant", "user"})

    def asked(self) -> list[list[str]]:
        """The conversations that it sent, without parts that differ between any two sessions."""
        return sorted([_plain(message) for message in request["body"]["messages"]] for request in self.requests)


def _plain(message: dict[str, Any]) -> str:
    content = message["content"]
    parts = content if isinstance(content, list) else [content]
    return str(message["role"]) + "".join(
        sorted(_VARIES.sub("*", _CACHE_MARK.sub("", json.dumps(part))) for part in parts)
    )


def play(
    scenario: str,
    *,
    home: Path,
    project: Path,
    out: Path,
    prompt: str = "",
    arguments: Sequence[str] = (),
    claude: Path | None = None,
    **environment: str,
) -> Session:
    """Runs `claude -p` with a scenario of `scripts/`.

    `home` is its HOME; `claude` is its path, by default CLAUDE_BIN.
    """
    shutil.rmtree(out, ignore_errors=True)
    for folder in (home, project, out):
        folder.mkdir(parents=True, exist_ok=True)
    with scripted_api(scenario, project, out) as (port, log):
        ended = subprocess.run(
            [
                *(claude or os.environ["CLAUDE_BIN"], "-p", prompt or f"Please begin. [[play:{scenario}]]"),
                *("--permission-mode", "bypassPermissions", "--output-format", "stream-json", "--verbose", *arguments),
            ],
            cwd=project,
            env={**surroundings(home, port), "TERM": "dumb", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        return Session(ended.returncode, _lines(ended.stdout), _lines(log.read_bytes() if log.exists() else b""))


@contextmanager
def scripted_api(scenario: str, project: Path, out: Path) -> Iterator[tuple[str, Path]]:
    """Runs the scripted API. Yields its port and the file into which it logs requests."""
    script = out / "script.json"
    text = (HERE / "scripts" / f"{scenario}.json").read_text()
    script.write_text(text.replace("@PROJECT@", str(project)).replace("@MEGABYTE@", "x" * 1_000_000))
    port_file, log = out / "port", out / "requests.jsonl"
    api = subprocess.Popen(
        [sys.executable, HERE / "messages_api.py", script, port_file, log],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port_file.exists, what="the scripted API")
        yield port_file.read_text(), log
    finally:
        api.terminate()
        api.wait()


def surroundings(home: Path, port: str) -> dict[str, str]:
    """The environment variables of a session."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "SHELL": "/bin/bash",
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
        "ANTHROPIC_API_KEY": "sk-ant-fake",
        **QUIET,
        # Processes that the session leaves running are killed at the end of this test run.
        **{name: os.environ[name] for name in (reaper.VARIABLE,) if name in os.environ},
    }


def _lines(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]
