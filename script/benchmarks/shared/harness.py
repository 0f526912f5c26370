"""Functions that benchmarks share: a scratch folder, a payload of about 2 KB, measurements and output."""

import atexit
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parent.parent.parent.parent
PROGRAMS_PATH = Path(__file__).parent.parent / "programs"
SCRATCH = Path(tempfile.mkdtemp(prefix="memfog-bench-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


def make_payload(size_chars: int = 1_720) -> str:
    """Makes a hook payload like the real client's, filled with text like code."""
    edit = json.loads((ROOT / "tests/payloads/PostToolUse.Edit.json").read_text())
    words = ["total", "refund", "amount", "order", "line", "customer", "price", "rounded", "sum", "value"]
    rng, code = random.Random(7), ""
    while len(json.dumps(edit, separators=(",", ":"))) + len(code) < size_chars:
        a, b, c = rng.choices(words, k=3)
        code += f"    {a}_{b} = {c}.{a}({rng.randint(1, 9999)})\\n"
    edit["tool_response"]["originalFile"] = code
    return json.dumps(edit, separators=(",", ":"))


def make_event(text: str) -> dict[str, Any]:
    kind = {"type": "HookEvent", "data": {"hook": "post_tool_use", "data": json.loads(text)}}
    first = {"id": str(uuid4()), "ts": "2026-11-21T08:00:00.000Z", "project": "/home/dev/my-repo", "schema_version": 1}
    return first | {"kind": kind, "root": "/home/dev/my-repo", "client": {"name": "bench", "version": "1"}}


def run_wrk(url: str, *, connections: int, seconds: int, tokens: str = "", form: str = "") -> dict[str, float]:
    """Runs wrk with single events on keep-alive connections. Returns requests per second and latencies.

    `tokens` are those of the users who send in turn, and `form` is `bare` for a server of other events.
    """
    script, file = PROGRAMS_PATH / "events.lua", SCRATCH / "payload.json"
    file.write_text(make_payload())
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", str(script), url, "--", str(file), tokens, form]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    assert not figures["errors"], figures
    return figures | {"rate": figures["requests"] / figures["seconds"]}


def resident_mb(pid: int) -> float:
    """Returns the megabytes of resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def peak_mb(pid: int) -> float:
    """Returns the peak of resident memory in megabytes, since the process started or its peak was reset."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def processor_seconds(pid: int) -> float:
    """Returns the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ready_seconds(pid: int) -> float:
    """Returns the seconds for which a process was ready to run while other processes used the processors."""
    files = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[1]) for file in files) / 1e9


def processor_seconds_with_children(pid: int) -> float:
    """Returns the seconds of processor time of a process and its running child processes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return processor_seconds(pid) + sum(processor_seconds(int(child)) for child in children)


def percentile(values: Iterable[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) * percent // 100]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def print_row(*cells: object) -> None:
    print("  ".join(f"{cell:>12,.2f}" if isinstance(cell, float) else f"{cell!s:<44}" for cell in cells), flush=True)  # noqa: T201
