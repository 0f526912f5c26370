"""`script/bench arrival`: from the start of a hook to its event on an open page's stream, on a laptop's own server.

The client as `memfog connect` puts it in, in a home of its own; sixty prompts, three a second. Needs Node alone.
"""

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from script.benchmarks import laptop, stand

PROMPTS, PAUSE, SETTLE, GOAL = 60, 0.3, 3.0, 300.0  # seconds; milliseconds, p95
_MARK = re.compile(r"mark-(\d+)-")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="memfog-arrival-") as scratch:
        data, home = (Path(scratch) / name for name in ("data", "home"))
        (home / ".claude").mkdir(parents=True)
        environment = laptop.set_up(data) | {"HOME": str(home)}
        server = subprocess.Popen([sys.executable, "-m", "memfog"], cwd=laptop.ROOT, env=environment)
        try:
            took = sorted(measured(environment, home))
        finally:
            server.terminate()
            server.wait(30)
    assert len(took) == PROMPTS, len(took)
    stand.say("hook begins → on the stream, ms: median, p95, most, goal")
    stand.say("", stand.median(took), stand.percentile(took, 95), took[-1], GOAL)


def measured(environment: dict[str, str], home: Path) -> list[float]:
    """Milliseconds, of each prompt that arrived."""
    from tests.server import wait_for

    connect = ["node", "client/bin/memfog.js", "connect", "claude-code", "--no-import"]
    wait_for(
        lambda: not subprocess.run(connect, cwd=laptop.ROOT, env=environment, capture_output=True).returncode,
        what="the server",
        seconds=60,
    )
    arrived: dict[int, float] = {}
    threading.Thread(
        target=listen, args=(json.loads((home / ".memfog/auth.json").read_text()), arrived), daemon=True
    ).start()
    time.sleep(1)
    hook = json.loads((home / ".claude/settings.json").read_text())["hooks"]["UserPromptSubmit"][0]["hooks"][0]
    sent = [prompt([hook["command"], *hook.get("args", [])], number, environment) for number in range(PROMPTS)]
    time.sleep(SETTLE)
    return [(arrived[number] - at) * 1_000 for number, at in enumerate(sent) if number in arrived]


def prompt(hook: list[str], number: int, environment: dict[str, str]) -> float:
    """When the hook began."""
    time.sleep(PAUSE)
    start = time.perf_counter()
    told = {"session_id": "arrival", "cwd": environment["HOME"], "prompt": f"mark-{number}-"}
    subprocess.run(hook, env=environment, input=json.dumps(told), text=True, capture_output=True, check=True)
    return start


def listen(auth: dict[str, Any], arrived: dict[int, float]) -> None:
    import httpx

    headers = {"Authorization": f"Bearer {auth['token']}"}
    with httpx.stream("GET", f"{auth['url']}/api/events/stream", headers=headers, timeout=60) as answer:
        for line in answer.iter_lines():
            for number in _MARK.findall(line):
                arrived.setdefault(int(number), time.perf_counter())


if __name__ == "__main__":
    main()
