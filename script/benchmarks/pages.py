"""`script/bench pages [EVENTS]`: measures each page and each listed API for a user with a million events.

The user works every day of a year; one session has five thousand events, another 120,000. Prints milliseconds of
complete requests in this process, their processor time, that of PostgreSQL for them, and transferred kilobytes. The
processor time is more reliable on a busy machine. EVENTS sets another number of events.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from accounts.credentials import api_tokens
from dashboard.feed import live_stream
from dashboard.session import feed_rows, session_data
from dashboard.session_list.sort_links import ORDERS
from events.store import log
from memory.projection import projector
from script.benchmarks import memory
from script.benchmarks.shared import busy_user, harness
from script.benchmarks.shared.busy_user import FILES, PROJECT_PATH, BusySession
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Events of the log and of its two large sessions; requests per page, and warm-up requests before them."""

    events: int
    long_session_events: int
    huge_session_events: int
    rounds: int
    warm_up: int


FULL, SMOKE = (
    Size(events=1_000_000, long_session_events=5_000, huge_session_events=120_000, rounds=20, warm_up=3),
    Size(events=1_400, long_session_events=400, huge_session_events=600, rounds=2, warm_up=1),
)
GOAL_MS, ROW_GOAL_MS = 200, 20  # milliseconds, p95
HEADINGS = ("median", "p95", "processor", "database", "goal", "KB")
LONG_SESSION, HUGE_SESSION = "the-long-one", "the-huge-one"


def main(size: Size) -> None:
    user = make_user()
    fill_log(user.id, size)
    measure_all(user, size)


def fill_log(user_id: UUID, size: Size) -> None:
    large = {LONG_SESSION: size.long_session_events, HUGE_SESSION: size.huge_session_events}
    busy_user.fill_log(user_id, size.events - sum(large.values()), large)
    projector.catch_up(user_id)
    memory.vacuum_analyze()


def measure_all(user: Any, size: Size) -> None:
    label = f"ms of {size.events:,} events, {connection.vendor}"
    print(f"{label:<44}", *(f"{word:>13}" for word in HEADINGS))  # noqa: T201
    client, caller = sign_in(user), Client(SERVER_NAME="127.0.0.1", headers=authorize(user))
    for name, path in list_pages().items():
        measure(name, partial(client.get, path, headers={"Accept-Encoding": "gzip"}), size)
    for path in list_answers():
        measure(path.partition("?")[0], partial(caller.get, path, headers={"Accept-Encoding": "gzip"}), size)
    measure_rows(user.id, size)


def authorize(user: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_tokens.sign(api_tokens.create(user.id, name='bench').id)}"}


def make_event(number: int) -> dict[str, Any]:
    """Makes an event of the long session."""
    return busy_user.make_event(BusySession(LONG_SESSION), number)


def list_pages() -> dict[str, str]:
    return {
        "live": "/",
        "live board": "/live/wall",
        "live, of a kind": "/?kind=failures",
        "live, of a time": "/?time=7d",
        "live, of a project": f"/?project={PROJECT_PATH}",
        "pulse": "/live/pulse",
        "sessions": "/sessions",
        **{f"sessions, by {order}": f"/sessions?sort={order}&automated=all" for order in sorted(ORDERS)},
        "sessions, by text": "/sessions?q=total",
        **list_session_pages("session", LONG_SESSION),
        **list_session_pages("huge session", HUGE_SESSION),
        "search": "/search?q=total",
        "search, two words": "/search?q=total%20order",
        "search, newest": "/search?q=total&sort=newest",
        "search, of a project": f"/search?q=total&project={PROJECT_PATH}",
        "search, a path": "/search?q=total.py",
        "files": "/files",
        "files, of a path": "/files?q=total",
        "files, of a project": f"/files?project={PROJECT_PATH}",
        "file": f"/files?path={FILES[1]}",
        "commits": "/commits",
        "commits, of a project": f"/commits?project={PROJECT_PATH}",
        "commit": f"/commits/{busy_user.name_commit(LONG_SESSION)}",
        "insights": "/insights",
        "insights, a year": "/insights?time=1y",
        "insights, tokens by project": "/insights?time=1y&chart=tokens&of=project",
        "insights, of a project": f"/insights?time=1y&project={PROJECT_PATH}",
        "memory": f"/memory?project={PROJECT_PATH}",
        "machines": "/machines",
        "notifications": "/settings/notifications",
        "settings": "/settings",
        "retention": "/settings/retention",
        "prices": "/settings/prices",
        "palette": "/palette",
        "palette, with words": "/palette?q=total",
    }


def list_session_pages(name: str, session: str) -> dict[str, str]:
    page = f"/sessions/{session}"
    return {
        name: page,
        f"{name}, its end": f"{page}?at=end",
        f"{name}, its heading": f"{page}/now",
        f"{name}, conversation": f"{page}/conversation",
        f"{name}, files": f"{page}/files",
        f"{name}, find": f"{page}/find?failed=yes",
        f"{name}, find words": f"{page}/find?q=total",
        f"{name}, raw": f"{page}/raw",
        f"{name}, map": f"{page}/map",
    }


def list_answers() -> list[str]:
    """Lists the addresses of the API."""
    return [
        f"/api/context?project={PROJECT_PATH}",
        f"/api/hints?project={PROJECT_PATH}",
        "/api/search?q=total",
        "/api/observations?ids=100,1000,10000",
        f"/api/files?project={PROJECT_PATH}",
        f"/api/files/history?path={FILES[1]}",
        f"/api/commits?project={PROJECT_PATH}",
        f"/api/commits/{busy_user.name_commit(LONG_SESSION)}",
        "/api/machines",
        "/api/prices",
        "/api/sessions?limit=200",
        f"/api/sessions/{HUGE_SESSION}",
        f"/api/sessions/{HUGE_SESSION}/timeline",
    ]


def sign_in(user: Any) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def measure(name: str, request: Callable[[], Any], size: Size, goal_ms: int = GOAL_MS) -> None:
    latencies, processor_times, response, database_start = [], [], None, 0.0
    for number in range(size.warm_up + size.rounds):
        if number == size.warm_up:
            database_start = read_database_ms()
        start, processor_start = time.perf_counter(), time.process_time()
        response = request()
        latencies.append((time.perf_counter() - start) * 1_000)
        processor_times.append((time.process_time() - processor_start) * 1_000)
    status = getattr(response, "status_code", 200)
    assert status == 200, (name, status)
    database_ms = (read_database_ms() - database_start) / size.rounds
    latencies, processor_times = latencies[size.warm_up :], processor_times[size.warm_up :]
    kilobytes = len(getattr(response, "content", response) or b"") / 1_024
    harness.print_row(
        name,
        harness.median(latencies),
        harness.percentile(latencies, 95),
        harness.median(processor_times),
        database_ms,
        float(goal_ms),
        kilobytes,
    )


def read_database_ms() -> float:
    """Returns the processor time of the connection's process of PostgreSQL; SQLite works in this process."""
    if connection.vendor != "postgresql":
        return 0.0
    connection.ensure_connection()
    return harness.processor_seconds(connection.connection.info.backend_pid) * 1_000


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
