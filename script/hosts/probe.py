"""The start of a real Claude Code with settings at hand: does the user's own hook run, and what is skipped?

The hook stands at the start of a session. Once it has run the client is ended, and also once it has sent its prompt:
what a hook says there goes with the prompt, so that until then each has run. That costs a third of a session.
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
PROBE_TIMEOUT_S = 60
# What newer clients note of each value that they do not take, and what of those that they leave out by themselves.
SKIPPED_PATTERN = re.compile(r"Invalid setting skipped.*?settings\.json: ([\w.\[\]-]+): (.*)")
LEFT_OUT_PATTERN = re.compile(r"(?:was|were) (?:removed|ignored|skipped)")


@dataclass(frozen=True)
class ProbeResult:
    """Whether the user's own hook ran, and the keys that the client says it left out."""

    own_hook_ran: bool
    skipped: frozenset[str]


def probe_settings(claude: Path, settings: dict[str, Any], write: Callable[[Any], str] = json.dumps) -> ProbeResult:
    """What becomes of a hook of the user's own where these settings stand beside it, as `write` writes them."""
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
    """A session in a scratch home, until the hook has run or will not."""
    with scripted_api("calls", scratch / "project", scratch / "out") as (port, request_log):
        process = subprocess.Popen(
            [claude, "-p", PROMPT, "--permission-mode", "bypassPermissions", *options],
            cwd=scratch / "project",
            env={**surroundings(scratch / "home", port), "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # A client that hangs over its settings has run no hook.
        with suppress(AssertionError):
            wait_for(
                lambda: ran.exists() or _has_sent_prompt(request_log) or process.poll() is not None,
                seconds=PROBE_TIMEOUT_S,
            )
        _terminate(process)


def _has_sent_prompt(request_log: Path) -> bool:
    """Whether the API was given the prompt: some versions send requests of their own before."""
    return request_log.exists() and PROMPT.encode() in request_log.read_bytes()


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    """Asks first, since a client writes its log as it ends."""
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
