"""`script/bench pages [EVENTS]`: measures each page for a user with a million events and a session of five thousand.

Prints milliseconds of complete requests in this process, their processor time, and transferred kilobytes. The processor
time is more reliable on a busy machine. EVENTS sets another number of events.
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
from events.store import drafts, log
from memory.projection import projector
from script.benchmarks import memory
from script.benchmarks.shared import harness
from tests.memory.make import at as stamp
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Events of the log and of its long session; requests per page, and warm-up requests before them."""

    events: int
    long_session_events: int
    rounds: int
    warm_up: int


FULL, SMOKE = (
    Size(events=1_000_000, long_session_events=5_000, rounds=40, warm_up=3),
    Size(events=1_000, long_session_events=400, rounds=2, warm_up=1),
)
GOAL_MS, ROW_GOAL_MS = 200, 20  # milliseconds, p95
HEADINGS = ("median", "p95", "processor", "goal", "KB")
FILES = ("billing/models.py", "billing/total.py", "orders/api.py", "orders/views.py", "tests/test_total.py")
LONG_SESSION = "the-long-one"


def main(size: Size) -> None:
    user = make_user()
    fill_log(user.id, size)
    projector.catch_up(user.id)
    memory.vacuum_analyze()
    print(f"{'ms of ' + format(size.events, ',') + ' events':<44}", *(f"{word:>13}" for word in HEADINGS))  # noqa: T201
    client = sign_in(user)
    for name, path in list_pages().items():
        measure(name, partial(client.get, path, headers={"Accept-Encoding": "gzip"}), size)
    measure_rows(user.id, size)


def fill_log(user_id: UUID, size: Size) -> None:
    """Fills the log: many sessions, and the long session at its end."""
    memory.fill_log(user_id, size.events - size.long_session_events)
    for at in range(0, size.long_session_events, memory.BATCH_SIZE):
        events = [make_event(number) for number in range(at, min(at + memory.BATCH_SIZE, size.long_session_events))]
        log.append([drafts.prepare(user_id, request_body.parse_ingest(json.dumps({"events": events}).encode()).events)])


def make_event(number: int) -> dict[str, Any]:
    """Makes an event of turns of forty events. A third of the tool calls are edits, a third commands, a third reads."""
    turn, step = divmod(number, 40)
    if step == 0:
        hook, data = "prompt_submit", {"prompt": f"Mend the total of order {turn}"}
    elif step == 39:
        hook, data = "stop", {"last_assistant_message": f"Mended the total of order {turn}."}
    else:
        hook, data = make_tool_call(number // 2, is_finished=step % 2 == 0)
    data |= {"session_id": LONG_SESSION, "cwd": memory.PROJECT_PATH}
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": data}}
    return {"id": str(uuid4()), "ts": stamp(10**6 + number), "project": memory.PROJECT_PATH, "kind": kind}


def make_tool_call(number: int, *, is_finished: bool) -> tuple[str, dict[str, Any]]:
    path = f"{memory.PROJECT_PATH}/{FILES[number % len(FILES)]}"
    lines = [f"{sign}    total_{number} = amount.rounded({at})" for at, sign in enumerate("   -++-+   ")]
    tool_calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (
            "Edit",
            {"file_path": path, "old_string": lines[3], "new_string": lines[4]},
            {"structuredPatch": [{"lines": lines}]},
        ),
        ("Bash", {"command": f"npm test -- --grep {number}"}, {"stdout": "\n".join(f"ok {at}" for at in range(30))}),
        ("Read", {"file_path": path}, {"file": {"filePath": path, "content": "\n".join(lines * 4), "numLines": 44}}),
    ]
    name, tool_input, response = tool_calls[number % 3]
    data = {"tool_use_id": f"toolu_{number}", "tool_name": name, "tool_input": tool_input}
    return (
        ("post_tool_use", data | {"tool_response": response, "duration_ms": 26})
        if is_finished
        else ("pre_tool_use", data)
    )


def list_pages() -> dict[str, str]:
    session = f"/sessions/{LONG_SESSION}"
    return {
        "live": "/",
        "live board": "/live/wall",
        "live, of a kind": "/?kind=failures",
        "live, of a time": "/?time=7d",
        "pulse": "/live/pulse",
        "sessions": "/sessions",
        "sessions, by cost": "/sessions?sort=-cost&automated=all",
        "sessions, by text": "/sessions?q=total",
        "session": session,
        "session, its end": f"{session}?at=end",
        "session, its heading": f"{session}/now",
        "session, conversation": f"{session}/conversation",
        "session, files": f"{session}/files",
        "session, find": f"{session}/find?failed=yes",
        "session, raw": f"{session}/raw",
        "session, map": f"{session}/map",
        "search": "/search?q=total",
        "search, a path": "/search?q=total.py",
        "files": "/files",
        "files, of a path": "/files?q=total",
        "file": f"/files?path={FILES[1]}",
        "insights": "/insights",
        "insights, a year": "/insights?time=1y",
        "live, of a project": f"/?project={memory.PROJECT_PATH}",
        "memory": "/memory",
        "machines": "/machines",
        "settings": "/settings",
        "palette": "/palette",
        "palette, with words": "/palette?q=total",
        "commits": "/commits",
        "notifications": "/settings/notifications",
    }


def sign_in(user: Any) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def measure(name: str, request: Callable[[], Any], size: Size, goal_ms: int = GOAL_MS) -> None:
    latencies, processor_times, response = [], [], None
    for _ in range(size.warm_up + size.rounds):
        start, processor_start = time.perf_counter(), time.process_time()
        response = request()
        latencies.append((time.perf_counter() - start) * 1_000)
        processor_times.append((time.process_time() - processor_start) * 1_000)
    status = getattr(response, "status_code", 200)
    assert status == 200, (name, status)
    latencies, processor_times = latencies[size.warm_up :], processor_times[size.warm_up :]
    kilobytes = len(getattr(response, "content", response) or b"") / 1_024
    harness.print_row(
        name,
        harness.median(latencies),
        harness.percentile(latencies, 95),
        harness.median(processor_times),
        float(goal_ms),
        kilobytes,
    )


def measure_rows(user_id: UUID, size: Size) -> None:
    """Measures the rendering of single events: as rows of the feed, and as steps of an open session."""
    count = size.warm_up + size.rounds
    head = log.load_head(user_id)
    records = log.load_after(user_id, head - count, limit=count)
    growing = session_data.load_live_timeline(user_id, LONG_SESSION, records[0].seq - 1)
    rows, steps = iter(records), iter(records)
    measure(
        "a row of the feed",
        lambda: feed_rows.render_rows([feed_rows.render_row(next(rows))], []).encode(),
        size,
        ROW_GOAL_MS,
    )
    measure(
        "a step of a session",
        lambda: live_stream.render_timeline_update(growing, LONG_SESSION, [next(steps)]).encode(),
        size,
        ROW_GOAL_MS,
    )
    measure(
        "an open session, first load",
        lambda: session_data.load_live_timeline(user_id, LONG_SESSION, head) and b"",
        size,
    )
