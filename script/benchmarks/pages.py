"""`script/bench pages [EVENTS]`: what each page costs a user of a million events, with a session of five thousand.

Milliseconds of whole requests within this process, the processor time in that, and kilobytes on their way. The second
tells more where a machine has other work. `script/bench pages EVENTS` takes another number.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from dashboard.feed import live_stream
from dashboard.session import feed_rows, session_data
from events.endpoints import request_body
from events.store import log
from memory.projection import projector
from script.benchmarks import memory, stand
from tests.memory.make import at as stamp
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Events of the log, of its long session, and how often each page is asked for after it was warmed up."""

    events: int
    long: int
    rounds: int
    warm: int


FULL, SMOKE = Size(events=1_000_000, long=5_000, rounds=40, warm=3), Size(events=1_000, long=400, rounds=2, warm=1)
GOAL, GOAL_OF_A_ROW = 200, 20  # milliseconds, p95
HEAD = ("median", "p95", "processor", "goal", "KB")
FILES = ("billing/models.py", "billing/total.py", "orders/api.py", "orders/views.py", "tests/test_total.py")
NAME = "the-long-one"


def main(size: Size) -> None:
    user = make_user()
    fill(user.id, size)
    projector.catch_up(user.id)
    memory.analyse()
    print(f"{'ms of ' + format(size.events, ',') + ' events':<44}", *(f"{word:>13}" for word in HEAD))  # noqa: T201
    client = signed_in(user)
    for name, path in pages().items():
        measure(name, partial(client.get, path, headers={"Accept-Encoding": "gzip"}), size)
    measure_rows(user.id, size)


def fill(user_id: UUID, size: Size) -> None:
    """The long session at the end of a log of many."""
    memory.fill(user_id, size.events - size.long)
    for at in range(0, size.long, memory.BATCH):
        told = [event(number) for number in range(at, min(at + memory.BATCH, size.long))]
        log.append([request_body.read(user_id, json.dumps({"events": told}).encode())[0]])


def event(number: int) -> dict[str, Any]:
    """Turns of forty events; of the uses of tools a third are edits, a third commands, a third readings."""
    turn, step = divmod(number, 40)
    if step == 0:
        hook, data = "prompt_submit", {"prompt": f"Mend the total of order {turn}"}
    elif step == 39:
        hook, data = "stop", {"last_assistant_message": f"Mended the total of order {turn}."}
    else:
        hook, data = use(number // 2, ends=step % 2 == 0)
    data |= {"session_id": NAME, "cwd": memory.HERE}
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": data}}
    return {"id": str(uuid4()), "ts": stamp(10**6 + number), "project": memory.HERE, "kind": kind}


def use(number: int, *, ends: bool) -> tuple[str, dict[str, Any]]:
    path = f"{memory.HERE}/{FILES[number % len(FILES)]}"
    lines = [f"{sign}    total_{number} = amount.rounded({at})" for at, sign in enumerate("   -++-+   ")]
    made: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (
            "Edit",
            {"file_path": path, "old_string": lines[3], "new_string": lines[4]},
            {"structuredPatch": [{"lines": lines}]},
        ),
        ("Bash", {"command": f"npm test -- --grep {number}"}, {"stdout": "\n".join(f"ok {at}" for at in range(30))}),
        ("Read", {"file_path": path}, {"file": {"filePath": path, "content": "\n".join(lines * 4), "numLines": 44}}),
    ]
    name, given, response = made[number % 3]
    data = {"tool_use_id": f"toolu_{number}", "tool_name": name, "tool_input": given}
    return ("post_tool_use", data | {"tool_response": response, "duration_ms": 26}) if ends else ("pre_tool_use", data)


def pages() -> dict[str, str]:
    session = f"/sessions/{NAME}"
    return {
        "live": "/",
        "wall": "/live/wall",
        "sessions": "/sessions",
        "session": session,
        "session, its end": f"{session}?at=end",
        "session, its heading": f"{session}/now",
        "session, conversation": f"{session}/conversation",
        "session, files": f"{session}/files",
        "session, raw": f"{session}/raw",
        "session, map": f"{session}/map",
        "search": "/search?q=total",
        "insights, a year": "/insights?time=1y",
        "live, of a project": f"/?project={memory.HERE}",
        "memory": "/memory",
        "machines": "/machines",
        "settings": "/settings",
        "palette": "/palette",
    }


def signed_in(user: Any) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def measure(name: str, ask: Callable[[], Any], size: Size, goal: int = GOAL) -> None:
    took, used, answer = [], [], None
    for _ in range(size.warm + size.rounds):
        start, busy = time.perf_counter(), time.process_time()
        answer = ask()
        took.append((time.perf_counter() - start) * 1_000)
        used.append((time.process_time() - busy) * 1_000)
    status = getattr(answer, "status_code", 200)
    assert status == 200, (name, status)
    took, used = took[size.warm :], used[size.warm :]
    kilobytes = len(getattr(answer, "content", answer) or b"") / 1_024
    stand.say(name, stand.median(took), stand.percentile(took, 95), stand.median(used), float(goal), kilobytes)


def measure_rows(user_id: UUID, size: Size) -> None:
    """One event after another, as a row of the feed and as a step of an open session."""
    count = size.warm + size.rounds
    head = log.head(user_id)
    records = log.after(user_id, head - count, limit=count)
    growing = session_data.growing(user_id, NAME, records[0].seq - 1)
    rows, steps = iter(records), iter(records)
    measure(
        "a row of the feed", lambda: feed_rows.html([feed_rows.shown(next(rows))], []).encode(), size, GOAL_OF_A_ROW
    )
    measure(
        "a step of a session", lambda: live_stream.steps(growing, NAME, [next(steps)]).encode(), size, GOAL_OF_A_ROW
    )
    measure("an open session, to begin with", lambda: session_data.growing(user_id, NAME, head) and b"", size)
