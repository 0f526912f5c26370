"""`script/bench arrival`: the time from the start of a hook to its event on a stream, with a local server.

`memfog connect` installs the client in a scratch home; the benchmark sends sixty prompts, three a second. It needs only
Node.
"""

import json
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from script.benchmarks.shared import harness
from tests.server import DEADLINE, Server, wait_for


@dataclass(frozen=True)
class Size:
    prompts: int


FULL, SMOKE = Size(prompts=60), Size(prompts=3)
PROMPT_PAUSE_S, GOAL_MS = 0.3, 300.0  # seconds; milliseconds, p95
_MARKER_PATTERN = re.compile(r"mark-(\d+)-")


def main(size: Size) -> None:
    home = harness.SCRATCH / "home"
    (home / ".claude").mkdir(parents=True)
    environment = os.environ | {"HOME": str(home)}
    server = Server(int(os.environ["PORT"]), HOME=str(home)).start()
    try:
        latencies = sorted(measure(environment, home, size.prompts))
    finally:
        server.stop()
    figures = harness.median(latencies), harness.percentile(latencies, 95), latencies[-1]
    harness.print_row("hook starts → on the stream, ms: median, p95, maximum", *figures, f"p95 ≤ {GOAL_MS:.0f}")


def measure(environment: dict[str, str], home: Path, prompts: int) -> list[float]:
    """Measures the milliseconds of each prompt. Every prompt must arrive."""
    connect = ["node", "client/bin/memfog.js", "connect", "claude-code", "--no-import"]
    subprocess.run(connect, cwd=harness.ROOT, env=environment, capture_output=True, check=True)
    arrived = record_arrivals(json.loads((home / ".memfog/auth.json").read_text()))
    hook = json.loads((home / ".claude/settings.json").read_text())["hooks"]["UserPromptSubmit"][0]["hooks"][0]
    sent_at = [run_hook(["/bin/sh", "-c", hook["command"]], number, environment) for number in range(prompts)]
    wait_for(lambda: len(arrived) == prompts, what="the arrival of every prompt")
    return [(arrived[number] - sent_time) * 1_000 for number, sent_time in enumerate(sent_at)]


def run_hook(hook: list[str], number: int, environment: dict[str, str]) -> float:
    """Runs the hook. Returns its start time."""
    time.sleep(PROMPT_PAUSE_S)
    start = time.perf_counter()
    payload = {"session_id": "arrival", "cwd": environment["HOME"], "prompt": f"mark-{number}-"}
    subprocess.run(hook, env=environment, input=json.dumps(payload), text=True, capture_output=True, check=True)
    return start


def record_arrivals(auth: dict[str, Any]) -> dict[int, float]:
    """Starts a thread that records the arrival time of each prompt. Returns the dict that it fills."""
    arrived: dict[int, float] = {}
    is_open = threading.Event()

    def read() -> None:
        headers = {"Authorization": f"Bearer {auth['token']}"}
        with httpx.stream("GET", f"{auth['url']}/api/events/stream", headers=headers, timeout=60) as response:
            for line in response.iter_lines():
                is_open.set()
                for number in _MARKER_PATTERN.findall(line):
                    arrived.setdefault(int(number), time.perf_counter())

    threading.Thread(target=read, daemon=True).start()
    assert is_open.wait(DEADLINE), "the stream did not open"
    return arrived
