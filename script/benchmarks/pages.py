"""`script/bench pages [EVENTS]`: what each page costs a user of a million events, with a session of five thousand.

Milliseconds of whole requests within this process, the processor time in that, and kilobytes on their way. The second
tells more where a machine has other work. `script/bench pages EVENTS` takes another number.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from script.benchmarks import memory, stand

if TYPE_CHECKING:
    from django.test import Client

EVENTS, LONG = 1_000_000, 5_000
ROUNDS, WARM = 40, 3
GOAL, GOAL_OF_A_ROW = 200, 20  # milliseconds, p95
HEAD = ("median", "p95", "processor", "goal", "KB")
FILES = ("billing/models.py", "billing/total.py", "orders/api.py", "orders/views.py", "tests/test_total.py")
NAME = "the-long-one"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    stand.set_up()
    from memory import projector
    from tests.people import make_user

    user = make_user()
    fill(user.id, count)
    projector.catch_up(user.id)
    memory.analyse()
    print(f"{'ms of ' + format(count, ',') + ' events':<44}", *(f"{word:>13}" for word in HEAD))  # noqa: T201
    client = signed_in(user)
    for name, path in pages().items():
        measure(name, partial(client.get, path, headers={"Accept-Encoding": "gzip"}))
    measure_rows(user.id)


def fill(user_id: UUID, count: int) -> None:
    """The long session at the end of a log of many."""
    from events import intake, log

    memory.fill(user_id, count - LONG)
    for at in range(0, LONG, memory.BATCH):
        told = [event(number) for number in range(at, min(at + memory.BATCH, LONG))]
        log.append([intake.read(user_id, json.dumps({"events": told}).encode())[0]])


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
    return {"id": str(uuid4()), "ts": memory.stamp(10**6 + number), "project": memory.HERE, "kind": kind}


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


def signed_in(user: Any) -> "Client":
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def measure(name: str, ask: Callable[[], Any], goal: int = GOAL) -> None:
    took, used, answer = [], [], None
    for _ in range(WARM + ROUNDS):
        start, busy = time.perf_counter(), time.process_time()
        answer = ask()
        took.append((time.perf_counter() - start) * 1_000)
        used.append((time.process_time() - busy) * 1_000)
    status = getattr(answer, "status_code", 200)
    assert status == 200, (name, status)
    size = len(getattr(answer, "content", answer) or b"") / 1_024
    figures = stand.median(took[WARM:]), stand.percentile(took[WARM:], 95), stand.median(used[WARM:])
    stand.say(name, *figures, float(goal), size)


def measure_rows(user_id: UUID) -> None:
    """One event after another, as a row of the feed and as a step of an open session."""
    from dashboard import live, story, stream
    from events import log

    head = log.head(user_id)
    records = log.after(user_id, head - WARM - ROUNDS, limit=WARM + ROUNDS)
    growing = story.growing(user_id, NAME, records[0].seq - 1)
    rows, steps = iter(records), iter(records)
    measure("a row of the feed", lambda: live.render([next(rows)]).encode(), GOAL_OF_A_ROW)
    measure("a step of a session", lambda: stream.steps(growing, NAME, [next(steps)]).encode(), GOAL_OF_A_ROW)
    measure("an open session, to begin with", lambda: story.growing(user_id, NAME, head) and b"")


if __name__ == "__main__":
    main()
