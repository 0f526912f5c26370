"""Makes the log of a user who works every day: sessions of projects, machines and models, with files and commits."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice
from typing import Any
from uuid import UUID, uuid4

from events.endpoints import request_body
from events.store import drafts, log
from tests.memory.make import at as stamp

BATCH_EVENTS = 500
TURN_EVENTS, TURN_CALLS = 40, 18
SESSION_EVENTS = 200  # of a usual session
EVENT_SECONDS = 30  # between two events: a million take a year
PROJECTS, PROJECT_FILES, COMMIT_TURNS = 20, 200, 4
MACHINES = ("laptop", "buildbox", "desktop")
MODELS = ("claude-opus-4-8", "claude-sonnet-4-5", "claude-haiku-4-5", "unknown-model")
WORDS = (
    "total",
    "refund",
    "amount",
    "order",
    "line",
    "customer",
    "price",
    "rounded",
    "sum",
    "value",
    "invoice",
    "token",
)
PROJECT_PATH = "/home/dev/my-repo"
FILES = ("billing/models.py", "billing/total.py", "orders/api.py", "orders/views.py", "tests/test_total.py")
COMMITTED = "[main {hash}] Mend {words}\n 1 file changed, 2 insertions(+), 2 deletions(-)"


@dataclass(frozen=True)
class BusySession:
    """A session: its first event in the order of the user, its folder, and the files that it edits."""

    name: str
    first: int = 0
    project: str = PROJECT_PATH
    number: int = 0
    files: tuple[str, ...] = FILES

    def iter_events(self, count: int) -> Iterator[dict[str, Any]]:
        return (make_event(self, step) for step in range(count))


def fill_log(user_id: UUID, usual_events: int, large: dict[str, int]) -> None:
    """Fills the log with usual sessions, and then with one of each of these names and numbers of events."""
    events = chain(iter_usual(usual_events), iter_large(usual_events, large))
    while batch := list(islice(events, BATCH_EVENTS)):
        log.append([drafts.prepare(user_id, request_body.parse_ingest(json.dumps({"events": batch}).encode()).events)])


def iter_usual(count: int) -> Iterator[dict[str, Any]]:
    for first in range(0, count, SESSION_EVENTS):
        number = first // SESSION_EVENTS
        files = tuple(f"{word}/part_{(number * 7 + at) % PROJECT_FILES}.py" for at, word in enumerate(WORDS))
        session = BusySession(f"s{number}", first, f"/home/dev/project-{number % PROJECTS}", number, files)
        yield from session.iter_events(min(SESSION_EVENTS, count - first))


def iter_large(first: int, large: dict[str, int]) -> Iterator[dict[str, Any]]:
    for name, count in large.items():
        yield from BusySession(name, first).iter_events(count)
        first += count


def make_event(session: BusySession, step: int) -> dict[str, Any]:
    """Makes an event of turns: a prompt, calls of tools, the usage of two answers, and a stop."""
    turn, at = divmod(step, TURN_EVENTS)
    rng = random.Random(f"{session.name} {turn}")
    words = " ".join(rng.choices(WORDS, k=6))
    if at == 0:
        kind = _hook(session, "prompt_submit", prompt=f"Mend the {words} of order {turn}")
    elif at == TURN_EVENTS - 1:
        kind = _hook(session, "stop", last_assistant_message=f"Mended the {words} of order {turn}.")
    elif at > 2 * TURN_CALLS:
        kind = _usage(session, f"m{step}", rng)
    else:
        kind = _call(session, turn, at, words)
    return {
        "id": str(uuid4()),
        "ts": stamp((session.first + step) * EVENT_SECONDS),
        "project": session.project,
        "client": {"name": "memfog", "machine": MACHINES[session.number % len(MACHINES)]},
        "kind": kind,
    }


def _hook(session: BusySession, hook: str, **data: Any) -> dict[str, Any]:
    data |= {"session_id": session.name, "cwd": session.project}
    return {"type": "HookEvent", "data": {"hook": hook, "data": data}}


def _usage(session: BusySession, message: str, rng: random.Random) -> dict[str, Any]:
    counts = {"input_tokens": rng.randrange(9_000), "output_tokens": rng.randrange(3_000)}
    model = MODELS[session.number // PROJECTS % len(MODELS)]
    return {"type": "Usage", "data": {"session_id": session.name, "message_id": message, "model": model, **counts}}


def _call(session: BusySession, turn: int, at: int, words: str) -> dict[str, Any]:
    """Starts a call, or ends the same one. A third of the calls are edits, a third commands, a third reads."""
    number, is_end = turn * TURN_CALLS + (at - 1) // 2, at % 2 == 0
    name, tool_input, response = _CALLS[number % 3](session, number, words)
    data = {"tool_use_id": f"toolu_{number}", "tool_name": name, "tool_input": tool_input}
    if not is_end:
        return _hook(session, "pre_tool_use", **data)
    if name == "Bash" and number % 30 == 7:
        return _hook(session, "post_tool_failure", **data, error="exit code 1\n1 test failed")
    return _hook(session, "post_tool_use", **data, tool_response=response, duration_ms=26)


def _edit(session: BusySession, number: int, words: str) -> tuple[str, Any, Any]:
    path = f"{session.project}/{session.files[number // 3 % len(session.files)]}"
    lines = [f"{sign}    total_{number} = amount.rounded({at})  # {words}" for at, sign in enumerate("   -++-+   ")]
    return (
        "Edit",
        {"file_path": path, "old_string": lines[3], "new_string": lines[4]},
        {"structuredPatch": [{"lines": lines}]},
    )


def _command(session: BusySession, number: int, words: str) -> tuple[str, Any, Any]:
    if number % (TURN_CALLS * COMMIT_TURNS) == 1:
        output = COMMITTED.format(hash=name_commit(session.name, number), words=words)
        return "Bash", {"command": f"git commit -am 'Mend {words}'"}, {"stdout": output}
    return "Bash", {"command": f"npm test -- --grep {number}"}, {"stdout": "\n".join(f"ok {at}" for at in range(30))}


def name_commit(session: str, number: int = 1) -> str:
    """The hash of the commit by a call of a session; its first is call 1."""
    return blake2b(f"{session} {number}".encode(), digest_size=4).hexdigest()


def _read(session: BusySession, number: int, words: str) -> tuple[str, Any, Any]:
    path = f"{session.project}/{session.files[number // 3 % len(session.files)]}"
    content = "\n".join(f"    total_{at} = amount.rounded({number})  # {words}" for at in range(16))
    return "Read", {"file_path": path}, {"file": {"filePath": path, "content": content, "numLines": 16}}


_CALLS = (_edit, _command, _read)
