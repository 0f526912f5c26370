"""`script/bench session [rounds]`: measures the time per tool call in a real session with an API that answers at once.

In turn it uses no hooks, Memfog's twelve hooks, one `node -e 0`, and a `true` before and after each tool, the
minimum. The time is the gap between two requests to the API. Prints medians, and the median of the ratios per round,
since the machine may be noisy. Needs CLAUDE_BIN.
"""

import itertools
import json
import random
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from script.benchmarks.shared import harness
from tests.environment import free_port
from tests.people import People
from tests.real_client.machine import Machine
from tests.real_client.session import Session, play
from tests.server import Server


@dataclass(frozen=True)
class Size:
    rounds: int


FULL, SMOKE = Size(rounds=5), Size(rounds=1)
NODE_HOOK = {"type": "command", "command": "node", "args": ["-e", "0"]}
TRUE_HOOK = {"type": "command", "command": "/bin/sh", "args": ["-c", "true"]}
# The hooks in the settings of each variant. `memfog connect` writes the hooks of the variant with Memfog.
RIVAL_HOOKS = {
    "no hooks": {},
    "one node -e 0": {"PostToolUse": [{"hooks": [NODE_HOOK]}]},
    "two of sh -c true": {"PreToolUse": [{"hooks": [TRUE_HOOK]}], "PostToolUse": [{"hooks": [TRUE_HOOK]}]},
}
OWN_VARIANT = "our twelve"
VARIANTS = (*RIVAL_HOOKS, OWN_VARIANT)
GOALS = {OWN_VARIANT: "≤ 1.25", "one node -e 0": "1.9 to 2.1", "two of sh -c true": "the floor"}


def main(size: Size) -> None:
    server = Server(free_port()).start()
    times: dict[str, list[float]] = defaultdict(list)
    try:
        token = People(server.url)().token
        with tempfile.TemporaryDirectory(prefix="memfog-bench-") as scratch:
            machines = {name: prepare_machine(name, Path(scratch) / name, token, server.url) for name in VARIANTS}
            for _ in range(size.rounds):
                for name in random.sample(VARIANTS, len(VARIANTS)):
                    times[name].append(statistics.median(list_request_gaps(run_session(machines[name]))))
            machines[OWN_VARIANT].memfog("disconnect", "claude-code", "--forget", "--force")
    finally:
        server.stop()
    report(times)


def prepare_machine(name: str, folder: Path, token: str, url: str) -> Machine:
    machine = Machine(folder / "home", folder / "project", folder / "recorded", folder / "out")
    settings = machine.home / ".claude" / "settings.json"
    settings.parent.mkdir(parents=True)
    if name == OWN_VARIANT:
        machine.connect(token, url)
    else:
        settings.write_text(json.dumps({"hooks": RIVAL_HOOKS[name]}))
    return machine


def run_session(machine: Machine) -> Session:
    session = play("calls", home=machine.home, project=machine.project, out=machine.out)
    assert session.exit_code == 0
    return session


def list_request_gaps(session: Session) -> list[float]:
    """Lists the milliseconds between requests, without the first request, which includes the start of the client."""
    request_times = [request["at"] for request in session.requests[1:]]
    return [(b - a) * 1000 for a, b in itertools.pairwise(request_times)]


def report(times: dict[str, list[float]]) -> None:
    harness.print_row("ms per tool call", "median")
    for name in VARIANTS:
        harness.print_row(name, harness.median(times[name]))
    harness.print_row("ratio", "median, goal")
    for name, goal in GOALS.items():
        pairs = zip(times[name], times["no hooks"], strict=True)
        harness.print_row(f"{name} / no hooks", harness.median(a / b for a, b in pairs), goal)
