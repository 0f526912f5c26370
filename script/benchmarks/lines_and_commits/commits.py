"""`… commits [SESSIONS]`: the pages of files and commits for a user with a million events.

It fills the derived rows that these pages read: 25,000 turns with 125,000 changes of files, 250,000 answers and 10,000
commits. It runs on SQLite, or on PostgreSQL where `MEMFOG_TEST_POSTGRES` names a server. Prints milliseconds of
complete requests, and their processor time and the database's, which are more reliable on a busy machine.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from events.endpoints import request_body
from events.isolation.row_security import acting_for
from events.store import drafts, log
from memory import models
from memory.projection import projector
from memory.projection.bulk_insert import insert_rows
from memory.rules.changes.git_acts import GitAct
from memory.rules.changes.path_changes import EDIT, FileChange
from memory.rules.session_projection import Prompt
from memory.rules.token_usage import MessageUsage
from script.benchmarks import memory, pages
from tests.memory.make import SECOND, START
from tests.memory.make import at as stamp
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    """Sessions of ten turns, requests per page, and warm-up requests before them."""

    sessions: int
    rounds: int
    warm_up: int


FULL, SMOKE = Size(sessions=2_500, rounds=30, warm_up=3), Size(sessions=20, rounds=2, warm_up=1)
TURNS, CHANGES, ANSWERS = 10, 5, 10  # of a session, and of a turn
TURN_SECONDS, COMMIT_TURNS = 300, (2, 5, 7, 9)
PROJECTS, FILES, BATCH_ROWS = 5, 3_000, 5_000
FIRST_SEQ = 10_000_000  # of rows without an event


def main(size: Size) -> None:
    user = make_user()
    fill_sessions(user.id, size)
    projector.catch_up(user.id)
    fill_rows(user.id, size)
    if connection.vendor == "postgresql":
        memory.vacuum_analyze()
    print(f"{'ms on ' + connection.vendor:<44}", *(f"{word:>13}" for word in pages.HEADINGS))  # noqa: T201
    client = pages.sign_in(user)
    shown = pages.Size(0, 0, 0, size.rounds, size.warm_up)
    for name, path in list_pages().items():
        pages.measure(name, partial(client.get, path, headers={"Accept-Encoding": "gzip"}), shown)


def list_pages() -> dict[str, str]:
    return {
        "files": "/files",
        "files, of a project": f"/files?project={name_project(0)}",
        "files, of a path": "/files?q=part-7/",
        "file": f"/files?path={name_file(1)}",
        "commits": "/commits",
        "commits, of a project": f"/commits?project={name_project(0)}",
        "commits, of a branch": "/commits?branch=topic-3",
        "commit": f"/commits/{name_commit(5, 1)}",
    }


def name_project(number: int) -> str:
    return f"/home/dev/project-{number % PROJECTS}"


def name_file(number: int) -> str:
    return f"part-{number % 40}/module_{number}.py"


def name_commit(session: int, number: int) -> str:
    return f"{session * 10 + number:010x}"


def fill_sessions(user_id: UUID, size: Size) -> None:
    """Fills the log with the first prompt of each session."""
    for first in range(0, size.sessions, memory.BATCH_SIZE):
        events = [make_prompt(number) for number in range(first, min(first + memory.BATCH_SIZE, size.sessions))]
        log.append([drafts.prepare(user_id, request_body.parse_ingest(json.dumps({"events": events}).encode()).events)])


def make_prompt(session: int) -> dict[str, Any]:
    project = name_project(session)
    data = {"session_id": f"s{session}", "cwd": project, "prompt": f"Mend the total of order {session}"}
    kind = {"type": "HookEvent", "data": {"hook": "prompt_submit", "data": data}}
    return {"id": str(uuid4()), "ts": stamp(session * TURNS * TURN_SECONDS), "project": project, "kind": kind}


def fill_rows(user_id: UUID, size: Size) -> None:
    for model, rows in (
        (models.Prompt, make_prompts(size)),
        (models.FileChange, make_changes(size)),
        (models.TokenUsage, make_answers(size)),
        (models.GitAct, make_acts(size)),
    ):
        insert_all(user_id, model, rows)


def insert_all(user_id: UUID, model: Any, rows: Iterable[Any]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH_ROWS)):
        with transaction.atomic(), acting_for(user_id):
            insert_rows(model, [(user_id, row) for row in batch])


def iter_turns(size: Size) -> Iterator[tuple[int, int, int, int]]:
    """Yields session, turn, the number of its prompt, and its time in microseconds."""
    for session in range(size.sessions):
        for turn in range(TURNS):
            at_us = START + (session * TURNS + turn) * TURN_SECONDS * SECOND
            yield session, turn, FIRST_SEQ + (session * TURNS + turn) * 100, at_us


def make_prompts(size: Size) -> Iterator[Prompt]:
    for session, turn, seq, at_us in iter_turns(size):
        yield Prompt(seq, f"s{session}", at_us + 1, turn + 2, True, f"Turn {turn}", name_project(session))


def make_changes(size: Size) -> Iterator[FileChange]:
    rng = random.Random(5)
    for session, _, seq, at_us in iter_turns(size):
        for n in range(CHANGES):
            path = name_file(min(FILES, int(rng.paretovariate(0.6))))
            changed_us, project = at_us + (n + 1) * SECOND, name_project(session)
            yield FileChange(
                seq + n + 1, 0, f"s{session}", changed_us, seq, EDIT, path, added=rng.randrange(30), project=project
            )


def make_answers(size: Size) -> Iterator[MessageUsage]:
    for session, turn, _, at_us in iter_turns(size):
        for n in range(ANSWERS):
            yield MessageUsage(
                f"s{session}", f"m{turn}-{n}", at_us + n * SECOND + 2, "claude-opus-4-8", cost_microdollars=12_345
            )


def make_acts(size: Size) -> Iterator[GitAct]:
    """Commits: of all files, of a named one, or of those of their session."""
    for session, turn, seq, at_us in iter_turns(size):
        if turn in COMMIT_TURNS:
            number = COMMIT_TURNS.index(turn)
            named = (".", name_file(number), "", "")[(session + number) % 4]
            yield GitAct(
                seq + 50,
                0,
                f"s{session}",
                at_us + 50 * SECOND,
                seq,
                "commit",
                hash=name_commit(session, number),
                branch=f"topic-{session % 50}",
                subject=f"Mend order {session}",
                paths=named,
                project=name_project(session),
            )
