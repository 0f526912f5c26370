"""`script/bench trace`: measures the feed and a session's page in local headless Chromium, at twenty events a second.

Takes ten seconds per page, without and with scrolling: frames per second, long tasks, elements, the work of the main
thread, and the time from before an event is sent until it is in the page. An empty page with the same changes but
without Memfog shows the limits of the machine.
"""

import itertools
import os
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

from script.benchmarks.shared import harness
from tests.dashboard.looking import looking
from tests.dashboard.payloads import event
from tests.environment import free_port
from tests.people import People, Person
from tests.server import Server, wait_for


@dataclass(frozen=True)
class Size:
    """Seconds per page, events that exist before, and milliseconds for late events."""

    seconds: int
    existing_events: int
    settle: int


FULL, SMOKE = Size(seconds=10, existing_events=600, settle=2_000), Size(seconds=1, existing_events=100, settle=200)
EVENTS_PER_SECOND = 20
SESSION_ID = "traced"
LINE_HTML = "<li><div class='target'>echo live-%s</div></li>"
EMPTY_HTML = "<body style='height: 9000px'><ol id=rows></ol>"
# The work of a page's main thread, by the names of Chromium's counters.
WORK_COUNTERS = {
    "script": "ScriptDuration",
    "style": "RecalcStyleDuration",
    "layout": "LayoutDuration",
    "all": "TaskDuration",
}
# Records the times of frames and long tasks, and when each event is in the page: its command contains its number.
WATCH_SCRIPT = """(list) => {
  globalThis.seen = { frames: [], long: [], rows: {} };
  const frame = (at) => { seen.frames.push(at); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((found) => seen.long.push(...found.getEntries().map((one) => one.duration)))
    .observe({ entryTypes: ["longtask"] });
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      for (const target of node.querySelectorAll?.(".target") ?? []) {
        const number = /^echo live-(.+)$/.exec(target.textContent)?.[1];
        if (number) seen.rows[number] ??= Date.now() / 1000;
      }
    }
  }).observe(document.querySelector(list), { childList: true, subtree: true });
}"""


def main(size: Size) -> None:
    harness.print_row("load at the start", os.getloadavg()[0])
    server = Server(free_port()).start()
    try:
        person = People(server.url)()
        for at in range(0, size.existing_events, 100):
            person.push(
                *[make_tool_event(f"before-{number}") for number in range(at, min(at + 100, size.existing_events))]
            )
        with looking(server, person) as page:
            for name, path, rows in PAGES:
                for mode in ("still", "scrolling"):
                    open_page(page, path)
                    print_figures(
                        f"{name}, {mode}", page, *watch_page(page, person, rows, size, scrolls=mode == "scrolling")
                    )
    finally:
        server.stop()
    harness.print_row("load at the end", os.getloadavg()[0])


PAGES = (("empty", "", "#rows"), ("feed", "/", "#rows"), ("session", f"/sessions/{SESSION_ID}?at=end", "#timeline"))


def open_page(page: Page, path: str) -> None:
    page.goto(path or "about:blank")
    if not path:
        page.set_content(EMPTY_HTML)
        return
    page.wait_for_selector("#connection-status[data-state=live]")
    page.evaluate("scrollTo(0, document.querySelector('#timeline') ? 1e6 : 0)")


def make_tool_event(number: str) -> dict[str, Any]:
    tool_input = {"command": f"echo {number}"}
    return event(
        "PostToolUse", session_id=SESSION_ID, tool_use_id=f"use-{number}-{time.time_ns()}", tool_input=tool_input
    )


def watch_page(
    page: Page, person: Person, rows: str, size: Size, *, scrolls: bool
) -> tuple[dict[str, Any], dict[str, float]]:
    """Sends events to an open page. Returns the browser's records, and the time at which each event was sent."""
    page.evaluate(WATCH_SCRIPT, rows)
    chromium = page.context.new_cdp_session(page)
    chromium.send("Performance.enable")
    work_before, is_ours = measure_work(chromium), page.url != "about:blank"
    sent: dict[str, float] = {}
    start = time.time()
    for number in range(size.seconds * EVENTS_PER_SECOND):
        page.wait_for_timeout(max(0.0, start + number / EVENTS_PER_SECOND - time.time()) * 1_000)
        if scrolls:
            page.mouse.wheel(0, 90 if number // EVENTS_PER_SECOND % 2 else -90)
        name = f"{start}-{number}"
        sent[name] = time.time()
        if is_ours:
            person.http.post("/ingest", json=make_tool_event(f"live-{name}")).raise_for_status()
        else:
            page.evaluate(
                "(line) => document.querySelector('#rows').insertAdjacentHTML('afterbegin', line)", LINE_HTML % name
            )
    if not scrolls:
        wait_for(lambda: page.evaluate("Object.keys(seen.rows).length"), what="what was sent in the page")
    page.wait_for_timeout(size.settle)
    work_share = {
        name: (after - work_before[name]) / (time.time() - start) for name, after in measure_work(chromium).items()
    }
    return page.evaluate("seen") | {"work": work_share}, sent


def measure_work(chromium: CDPSession) -> dict[str, float]:
    """Returns the seconds of work of the page's main thread, by kind."""
    metrics = {one["name"]: one["value"] for one in chromium.send("Performance.getMetrics")["metrics"]}
    return {name: metrics[counter] for name, counter in WORK_COUNTERS.items()}


def print_figures(name: str, page: Page, seen: dict[str, Any], sent: dict[str, float]) -> None:
    frames = seen["frames"]
    gaps = [after - before for before, after in itertools.pairwise(frames)]
    latencies = [(at - sent[number]) * 1_000 for number, at in seen["rows"].items() if number in sent]
    harness.print_row(f"{name}: frames a second", (len(frames) - 1) / (frames[-1] - frames[0]) * 1_000)
    harness.print_row(f"{name}: ms between frames, p95 and maximum", harness.percentile(gaps, 95), max(gaps))
    harness.print_row(f"{name}: long tasks, the longest in ms", len(seen["long"]), max(seen["long"], default=0.0))
    for kind, seconds in seen["work"].items():
        harness.print_row(f"{name}: ms of a second, {kind}", seconds * 1_000)
    harness.print_row(f"{name}: rows and steps in the page", page.locator("li.row, li.step").count())
    if latencies:
        harness.print_row(
            f"{name}: sent → in the page, ms, median and p95",
            harness.median(latencies),
            harness.percentile(latencies, 95),
        )
