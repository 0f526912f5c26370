"""`script/bench memory`: how fast a log is read into memory, and what its answers cost, in a small log and a large one.

Answers as ratios to the bare statement behind them in the same run. `script/bench memory ROWS` takes another large
number than a million. Where it says processor time, a busy machine makes little difference: the sum of the two is what
an idle one takes for an event.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connection

from events.endpoints import request_body
from events.store import log
from memory.context import context_builder
from memory.projection import projector
from memory.search import document_index, query_parser, search_hits
from memory.sessions import session_queries
from memory.values.location import Place
from script.benchmarks import stand
from tests.memory.make import at as stamp
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Events of the large log and of the small one, and how often each answer is asked for."""

    large: int
    small: int
    asked: int


FULL, SMOKE = Size(large=1_000_000, small=10_000, asked=60), Size(large=1_000, small=500, asked=3)
BATCH = 500
TURN = 20  # events from a prompt to its stop
SESSION, LONG = 200, 2_000  # events of a session; of the one whose timeline is read
WORDS = "total refund amount order line customer price rounded sum value invoice token cursor stream index page"
HERE = "/home/dev/my-repo"


def main(size: Size) -> None:
    few, many = (measured(rows, size.asked) for rows in (size.small, size.large))
    stand.say(f"in {size.small:,} events, in {size.large:,}", "small, large", "ratio")
    for name in few:
        stand.say(name, few[name], many[name], many[name] / few[name])


def measured(rows: int, asked: int) -> dict[str, float]:
    """All figures of one user with a log of so many events."""
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
    return projected | answers(user_id, asked)


def fill(user_id: UUID, rows: int) -> None:
    for at in range(0, rows, BATCH):
        body = {"events": [event(number) for number in range(at, min(at + BATCH, rows))]}
        log.append([request_body.read(user_id, json.dumps(body).encode())[0]])


def event(number: int) -> dict[str, Any]:
    """Turns of a prompt, uses of tools and a stop; the first session is a long one."""
    dice = random.Random(number)
    session = "long" if number < LONG else f"s{number // SESSION}"
    hook, data = told(number % TURN, number, " ".join(dice.choices(WORDS.split(), k=8)))
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, "cwd": HERE, **data}}}
    return {"id": str(uuid4()), "ts": stamp(number), "project": HERE, "kind": kind}


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
    with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def answers(user_id: UUID, times: int) -> dict[str, float]:
    """p95 in milliseconds: of the whole, and of the bare statement as a ratio."""
    asked = [query_parser.read(f"{one} {other}{number}") for number, (one, other) in enumerate(pairs(times))]
    common = [query_parser.read(one) for one in WORDS.split()]
    place = Place(project=HERE)

    def find(one: query_parser.Question) -> Callable[[], object]:
        return lambda: search_hits.search(user_id, one, limit=20)

    whole = {
        "context, p95 ms": p95([lambda: context_builder.context(user_id, place)] * times),
        "search for two words, p95 ms": p95([find(one) for one in asked]),
        "search for a common word, p95 ms": p95([find(one) for one in common]),
        "timeline of a long session, p95 ms": p95([lambda: session_queries.timeline(user_id, "long", limit=LONG)] * 20),
        "sessions, p95 ms": p95([lambda: session_queries.page(user_id, limit=50)] * times),
    }
    return whole | ratios(user_id, asked, place, whole)


def pairs(count: int) -> Iterator[tuple[str, str]]:
    dice = random.Random(3)
    yield from (tuple(dice.sample(WORDS.split(), 2)) for _ in range(count))  # type: ignore[misc]


def ratios(user_id: UUID, asked: list[Any], place: Place, whole: dict[str, float]) -> dict[str, float]:
    newest = log.head(user_id)

    def bare_search(one: query_parser.Question) -> Callable[[], object]:
        return lambda: document_index.find(user_id, one, newest=newest, wide=True)

    bare: dict[str, list[Callable[[], object]]] = {
        "search for two words": [bare_search(one) for one in asked],
        "context": [lambda: context_builder.latest(user_id, place)] * len(asked),
    }
    return {f"{name} / its bare statement": whole[f"{name}, p95 ms"] / p95(calls) for name, calls in bare.items()}


def p95(calls: list[Callable[[], object]]) -> float:
    took = []
    for call in [calls[0], *calls]:  # the first is to warm up
        start = time.perf_counter()
        call()
        took.append((time.perf_counter() - start) * 1_000)
    return sorted(took[1:])[int(len(calls) * 0.95) - 1]
