"""`script/bench memory`: how fast a log is read into memory, and what its answers cost, in a small log and a large one.

Answers as ratios to the bare statement behind them in the same run. `script/bench memory ROWS` takes another large
number than a million. Where it says processor time, a busy machine makes little difference: the sum of the two is what
an idle one takes for an event.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from script.benchmarks import stand

if TYPE_CHECKING:
    from memory.place import Place

SMALL, LARGE, BATCH = 10_000, 1_000_000, 500
TURN = 20  # events from a prompt to its stop
SESSION, LONG = 200, 2_000  # events of a session; of the one whose timeline is read
ASKED = 60
WORDS = "total refund amount order line customer price rounded sum value invoice token cursor stream index page"
HERE = "/home/dev/my-repo"


def main() -> None:
    large = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    stand.set_up()
    few, many = (measured(rows) for rows in (SMALL, large))
    stand.say(f"in {SMALL:,} events, in {large:,}", "small, large", "ratio")
    for name in few:
        stand.say(name, few[name], many[name], many[name] / few[name])


def measured(rows: int) -> dict[str, float]:
    """All figures of one user with a log of so many events."""
    from django.db import connection

    from memory import projector
    from tests.people import make_user

    user_id = make_user().id
    fill(user_id, rows)
    analyse()
    backend = connection.connection.info.backend_pid
    start, used, served = time.perf_counter(), time.process_time(), stand.ticks(backend)
    projector.catch_up(user_id)
    took, used, served = time.perf_counter() - start, time.process_time() - used, stand.ticks(backend) - served
    analyse()
    projected = {
        "projector, events/s": rows / took,
        "projector, µs of processor an event": used / rows * 1e6,
        "the database for it, µs of processor": served / rows * 1e6,
    }
    return projected | answers(user_id)


def fill(user_id: UUID, rows: int) -> None:
    from events import intake, log

    for at in range(0, rows, BATCH):
        body = {"events": [event(number) for number in range(at, min(at + BATCH, rows))]}
        log.append([intake.read(user_id, json.dumps(body).encode())[0]])


def event(number: int) -> dict[str, Any]:
    """Turns of a prompt, uses of tools and a stop; the first session is a long one."""
    dice = random.Random(number)
    session = "long" if number < LONG else f"s{number // SESSION}"
    hook, data = told(number % TURN, number, " ".join(dice.choices(WORDS.split(), k=8)))
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, "cwd": HERE, **data}}}
    return {"id": str(uuid4()), "ts": stamp(number), "project": HERE, "kind": kind}


def stamp(number: int) -> str:
    from tests.memory.make import at

    return at(number)


def told(step: int, number: int, words: str) -> tuple[str, dict[str, Any]]:
    if step == 0:
        return "prompt_submit", {"prompt": f"Mend {words}"}
    if step == TURN - 1:
        return "stop", {"last_assistant_message": f"Mended {words}"}
    use = {"tool_use_id": f"t{number // 2}", "tool_name": "Edit"}
    given = {"file_path": f"{HERE}/{words.split()[0]}{number % 997}.py", "old_string": words, "new_string": words[::-1]}
    hunk = {"lines": [f"-{words}", f"+{words[::-1]}"], "context": words * 20}
    ends = {"tool_response": {"structuredPatch": [hunk]}} if step % 2 == 0 else {}
    return ("post_tool_use" if ends else "pre_tool_use"), {**use, "tool_input": given, **ends}


def analyse() -> None:
    """As autovacuum would by itself before long."""
    import os

    import psycopg

    with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def answers(user_id: UUID) -> dict[str, float]:
    """p95 in milliseconds: of the whole, and of the bare statement as a ratio."""
    from memory import context, question, search, sessions
    from memory.place import Place

    asked = [question.read(f"{one} {other}{number}") for number, (one, other) in enumerate(pairs())]
    common = [question.read(one) for one in WORDS.split()]
    place = Place(project=HERE)

    def find(one: question.Question) -> Callable[[], object]:
        return lambda: search.search(user_id, one, limit=20)

    whole = {
        "context, p95 ms": p95([lambda: context.context(user_id, place)] * ASKED),
        "search for two words, p95 ms": p95([find(one) for one in asked]),
        "search for a common word, p95 ms": p95([find(one) for one in common]),
        "timeline of a long session, p95 ms": p95([lambda: sessions.timeline(user_id, "long", limit=LONG)] * 20),
        "sessions, p95 ms": p95([lambda: sessions.page(user_id, limit=50)] * ASKED),
    }
    return whole | ratios(user_id, asked, place, whole)


def pairs() -> Iterator[tuple[str, str]]:
    dice = random.Random(3)
    yield from (tuple(dice.sample(WORDS.split(), 2)) for _ in range(ASKED))  # type: ignore[misc]


def ratios(user_id: UUID, asked: list[Any], place: "Place", whole: dict[str, float]) -> dict[str, float]:
    from events import log
    from memory import context, lookup, question

    newest = log.head(user_id)

    def bare_search(one: question.Question) -> Callable[[], object]:
        return lambda: lookup.find(user_id, one, newest=newest, wide=True)

    bare: dict[str, list[Callable[[], object]]] = {
        "search for two words": [bare_search(one) for one in asked],
        "context": [lambda: context.latest(user_id, place)] * ASKED,
    }
    return {f"{name} / its bare statement": whole[f"{name}, p95 ms"] / p95(calls) for name, calls in bare.items()}


def p95(calls: list[Callable[[], object]]) -> float:
    took = []
    for call in [calls[0], *calls]:  # the first is to warm up
        start = time.perf_counter()
        call()
        took.append((time.perf_counter() - start) * 1_000)
    return sorted(took[1:])[int(len(calls) * 0.95) - 1]


if __name__ == "__main__":
    main()
