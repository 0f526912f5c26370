"""Starts a real Claude Code with given settings; finds out whether the user's hook runs and which keys are skipped.

The hook is one of `SessionStart`. The client is stopped when the hook has run or the prompt is sent: a hook's output is
part of the prompt, so every hook has run by then. This takes a third of the time of a session.
"""

import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.real_client.session import scripted_api, surroundings
from tests.server import wait_for

OWN_EVENT = "SessionStart"
PROMPT = "What is the answer to this?"
# A start that is cut off looks like a refused file. Beside other work, starts of more than a minute were seen.
PROBE_TIMEOUT_S = 300
# The log line of newer clients for each value that they reject, and the reason for those that they leave out.
SKIPPED_PATTERN = re.compile(r"Invalid setting skipped.*?settings\.json: ([\w.\[\]-]+): (.*)")
LEFT_OUT_PATTERN = re.compile(r"(?:was|were) (?:removed|ignored|skipped)")


@dataclass(frozen=True)
class ProbeResult:
    """Whether the user's hook ran, and the keys that the client left out according to its log."""

    own_hook_ran: bool
    skipped: frozenset[str]


def probe_settings(claude: Path, settings: dict[str, Any], write: Callable[[Any], str] = json.dumps) -> ProbeResult:
    """Runs a session with these settings and a user's hook beside them; `write` formats the settings file."""
    with tempfile.TemporaryDirectory(prefix="memfog-probe-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        ran, log = scratch / "ran", scratch / "log"
        file = scratch / "home" / ".claude" / "settings.json"
        for directory in (file.parent, scratch / "project", scratch / "out"):
            directory.mkdir(parents=True)
        file.write_text(write(_with_own_hook(settings, ran)))
        _run_session(claude, scratch, ran, ["--debug-file", str(log)] if _can_log(claude) else [])
        skipped = SKIPPED_PATTERN.findall(log.read_text() if log.exists() else "")
        return ProbeResult(ran.exists(), frozenset(key for key, reason in skipped if LEFT_OUT_PATTERN.search(reason)))


def _run_session(claude: Path, scratch: Path, ran: Path, options: list[str]) -> None:
    """Runs a session in a scratch home until the hook has run or can no longer run."""
    with scripted_api("calls", scratch / "project", scratch / "out") as (port, request_log):
        process = subprocess.Popen(
            [claude, "-p", PROMPT, "--permission-mode", "bypassPermissions", *options],
            cwd=scratch / "project",
            env={**surroundings(scratch / "home", port), "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # If the client hangs because of its settings, the hook has not run.
        with suppress(AssertionError):
            wait_for(
                lambda: ran.exists() or _has_sent_prompt(request_log) or process.poll() is not None,
                seconds=PROBE_TIMEOUT_S,
            )
        _terminate(process)


def _has_sent_prompt(request_log: Path) -> bool:
    """Whether the API received the prompt: some versions send other requests first."""
    return request_log.exists() and PROMPT.encode() in request_log.read_bytes()


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    """Sends SIGTERM first, since a client writes its log when it ends; kills it after five seconds."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _with_own_hook(settings: dict[str, Any], ran: Path) -> dict[str, Any]:
    hooks = settings.get("hooks", {})
    if not isinstance(hooks, dict):
        return settings
    own = {"hooks": [{"type": "command", "command": f"cat >>'{ran}'"}]}
    return {**settings, "hooks": {**hooks, OWN_EVENT: [own]}}


@cache
def _can_log(claude: Path) -> bool:
    result = subprocess.run([claude, "--help"], capture_output=True, text=True, timeout=60, check=False)
    return "--debug-file" in result.stdout
