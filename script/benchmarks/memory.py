"""`script/bench memory`: measures the projection of a log and the cost of answers, in a small and a large log.

Answers are also ratios to their bare statement in the same run. `script/bench memory ROWS` sets another large number
than a million. Processor time varies little on a busy machine; the sum of both figures is an idle machine's time for an
event.
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
from events.store import drafts, log
from memory.context import context_builder
from memory.projection import projector
from memory.search import document_index, query_parser, search_hits
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values.location import Location
from script.benchmarks.shared import harness
from tests.memory.make import at as stamp
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Events of the large and the small log, and the number of requests per answer."""

    large: int
    small: int
    repeats: int


FULL, SMOKE = Size(large=1_000_000, small=10_000, repeats=60), Size(large=1_000, small=500, repeats=3)
BATCH_SIZE = 500
TURN_EVENTS = 20  # events per turn, from a prompt to its stop
SESSION_EVENTS, LONG_SESSION_EVENTS = 200, 2_000  # events of a usual session and of the long one
WORDS = "total refund amount order line customer price rounded sum value invoice token cursor stream index page"
PROJECT_PATH = "/home/dev/my-repo"


def main(size: Size) -> None:
    small, large = (measure(rows, size.repeats) for rows in (size.small, size.large))
    harness.print_row(f"in {size.small:,} events, in {size.large:,}", "small, large", "ratio")
    for name in small:
        harness.print_row(name, small[name], large[name], large[name] / small[name])


def measure(rows: int, repeats: int) -> dict[str, float]:
    """Measures all figures for one user with a log of `rows` events."""
    user_id = make_user().id
    fill_log(user_id, rows)
    vacuum_analyze()
    backend = connection.connection.info.backend_pid
    start, processor_used, database_processor_used = (
        time.perf_counter(),
        time.process_time(),
        harness.processor_seconds(backend),
    )
    projector.catch_up(user_id)
    elapsed, processor_used, database_processor_used = (
        time.perf_counter() - start,
        time.process_time() - processor_used,
        harness.processor_seconds(backend) - database_processor_used,
    )
    vacuum_analyze()
    projected = {
        "projector, events/s": rows / elapsed,
        "projector, µs of processor an event": processor_used / rows * 1e6,
        "the database for it, µs of processor": database_processor_used / rows * 1e6,
    }
    return projected | measure_answers(user_id, repeats)


def fill_log(user_id: UUID, rows: int) -> None:
    for at in range(0, rows, BATCH_SIZE):
        body = {"events": [make_event(number) for number in range(at, min(at + BATCH_SIZE, rows))]}
        log.append([drafts.prepare(user_id, request_body.parse_ingest(json.dumps(body).encode()).events)])


def make_event(number: int) -> dict[str, Any]:
    """Makes an event of turns with a prompt, tool calls and a stop. The first session is the long one."""
    rng = random.Random(number)
    session = "long" if number < LONG_SESSION_EVENTS else f"s{number // SESSION_EVENTS}"
    hook, data = make_hook(number % TURN_EVENTS, number, " ".join(rng.choices(WORDS.split(), k=8)))
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, "cwd": PROJECT_PATH, **data}}}
    return {"id": str(uuid4()), "ts": stamp(number), "project": PROJECT_PATH, "kind": kind}


def make_hook(step: int, number: int, words: str) -> tuple[str, dict[str, Any]]:
    if step == 0:
        return "prompt_submit", {"prompt": f"Mend {words}"}
    if step == TURN_EVENTS - 1:
        return "stop", {"last_assistant_message": f"Mended {words}"}
    tool_call = {"tool_use_id": f"t{number // 2}", "tool_name": "Edit"}
    tool_input = {
        "file_path": f"{PROJECT_PATH}/{words.split()[0]}{number % 997}.py",
        "old_string": words,
        "new_string": words[::-1],
    }
    hunk = {"lines": [f"-{words}", f"+{words[::-1]}"], "context": words * 20}
    response = {"tool_response": {"structuredPatch": [hunk]}} if step % 2 == 0 else {}
    return ("post_tool_use" if response else "pre_tool_use"), {**tool_call, "tool_input": tool_input, **response}


def vacuum_analyze() -> None:
    """Does the work that autovacuum would soon do; SQLite has none."""
    if connection.vendor != "postgresql":
        return
    with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def measure_answers(user_id: UUID, repeats: int) -> dict[str, float]:
    """Measures the p95 of each answer in milliseconds, and its ratio to the bare statement."""
    questions = [
        query_parser.parse_query(f"{one} {other}{number}")
        for number, (one, other) in enumerate(make_word_pairs(repeats))
    ]
    common_questions = [query_parser.parse_query(one) for one in WORDS.split()]
    location = Location(project=PROJECT_PATH)

    def make_search(one: query_parser.SearchQuery) -> Callable[[], object]:
        return lambda: search_hits.search_entries(user_id, one, limit=20)

    latencies = {
        "context, p95 ms": measure_p95([lambda: context_builder.build_context(user_id, location)] * repeats),
        "search for two words, p95 ms": measure_p95([make_search(one) for one in questions]),
        "search for a common word, p95 ms": measure_p95([make_search(one) for one in common_questions]),
        "timeline of a long session, p95 ms": measure_p95(
            [lambda: session_queries.load_timeline(user_id, "long", limit=LONG_SESSION_EVENTS)] * 20
        ),
        "sessions, p95 ms": measure_p95(
            [lambda: session_queries.list_sessions(user_id, SessionQuery(limit=50))] * repeats
        ),
    }
    return latencies | measure_ratios(user_id, questions, location, latencies)


def make_word_pairs(count: int) -> Iterator[tuple[str, str]]:
    rng = random.Random(3)
    yield from (tuple(rng.sample(WORDS.split(), 2)) for _ in range(count))  # type: ignore[misc]


def measure_ratios(
    user_id: UUID, questions: list[Any], location: Location, latencies: dict[str, float]
) -> dict[str, float]:
    newest = log.load_head(user_id)

    def bare_search(one: query_parser.SearchQuery) -> Callable[[], object]:
        return lambda: document_index.find_documents(user_id, one, max_seq=newest, least=1)

    bare_calls: dict[str, list[Callable[[], object]]] = {
        "search for two words": [bare_search(one) for one in questions],
        "context": [lambda: context_builder.load_latest_seqs(user_id, location)] * len(questions),
    }
    return {
        f"{name} / its bare statement": latencies[f"{name}, p95 ms"] / measure_p95(calls)
        for name, calls in bare_calls.items()
    }


def measure_p95(calls: list[Callable[[], object]]) -> float:
    latencies = []
    for call in [calls[0], *calls]:  # the first call is a warm-up
        start = time.perf_counter()
        call()
        latencies.append((time.perf_counter() - start) * 1_000)
    return sorted(latencies[1:])[int(len(calls) * 0.95) - 1]
