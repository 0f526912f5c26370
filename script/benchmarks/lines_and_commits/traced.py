"""`… traced TRANSCRIPTS REPOSITORY [FILES]`: how well `memfog why` traces lines of real work, else of made-up work.

TRANSCRIPTS is a folder of transcripts of Claude Code, REPOSITORY the git repository that their sessions worked in. It
imports the transcripts into a scratch server as if they had been made in a clone, and asks the real client for each
line of the files that the sessions edited. Who wrote a line is not known here. A line counts as an edit's if an edit of
its file added the same text before the line's commit, and an answer as false if the named edit did not add the line.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from memory.projection import projector
from script.benchmarks.lines_and_commits import made_up_work
from script.benchmarks.lines_and_commits.moved_transcripts import move_transcripts
from script.benchmarks.lines_and_commits.transcript_edits import TranscriptEdits, normalize, read_edits
from script.benchmarks.shared import harness, transcript_home
from tests.memory.file_history.measure import connect, memfog
from tests.people import People
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """The folders, and the number of files at most."""

    transcripts: Path
    repository: Path
    files: int


MADE_UP = Path()
FULL, SMOKE = Size(MADE_UP, MADE_UP, files=200), Size(MADE_UP, MADE_UP, files=20)


@dataclass(frozen=True)
class TracedLine:
    """A line of a file with what `memfog why` answered, and whether any edit, and the named one, added it."""

    text: str
    answer: dict[str, Any]
    is_added: bool
    is_false: bool


def main(size: Size) -> None:
    with TemporaryDirectory(prefix="memfog-traced-") as scratch:
        if MADE_UP in (size.transcripts, size.repository):
            transcripts, repository = made_up_work.make_work(Path(scratch))
            size = replace(size, transcripts=transcripts, repository=repository)
        print_figures(list(trace_repository(size, Path(scratch))))


def print_figures(lines: list[TracedLine]) -> None:
    counts = Counter[str]()
    for line in lines:
        is_traced = bool(line.answer["prompt"])
        counts.update(
            all=1, traced=is_traced, added=line.is_added, found=line.is_added and is_traced, false=line.is_false
        )
        counts["certain"] += is_traced and line.answer["sureness"] == "certain"
    harness.print_row("lines of edited files, of an edit, %", *_share(counts["added"], counts["all"]))
    harness.print_row("of an edit: traced, %", *_share(counts["found"], counts["added"]))
    harness.print_row("traced: certain, %", *_share(counts["certain"], counts["traced"]))
    harness.print_row("traced: false, %", *_share(counts["false"], counts["traced"]))


def _share(part: int, whole: int) -> tuple[float, float]:
    return float(whole), part / whole * 100 if whole else 0.0


def trace_repository(size: Size, scratch: Path) -> Iterator[TracedLine]:
    """Yields each line of the files that sessions edited and that are still there."""
    clone, transcripts, home = scratch / "work", scratch / "transcripts", scratch / "home"
    subprocess.run(["git", "clone", "-q", str(size.repository), str(clone)], check=True)
    transcript_home.lay_out(size.transcripts, transcripts)
    move_transcripts(transcripts, clone)
    edits = read_edits(transcripts, clone)
    home.mkdir()
    (transcripts / ".claude").rename(home / ".claude")
    with running_server() as people:
        import_transcripts(people, home)
        for name in [name for name in edits.list_files() if (clone / name).is_file()][: size.files]:
            yield from trace_file(home, clone, name, edits)


@contextmanager
def running_server() -> Iterator[People]:
    server = Server(int(os.environ["PORT"]), RATE_EXEMPT_IPS="127.0.0.1").start()
    people = People(server.url)
    try:
        yield people
    finally:
        people.close()
        server.stop()


def import_transcripts(people: People, home: Path) -> None:
    person = people()
    connect(home, url=people.url, token=person.token)
    imported = memfog(home, home, "import")
    if imported.returncode:
        sys.exit(imported.stderr)
    projector.catch_up(person.id)


def trace_file(home: Path, clone: Path, name: str, edits: TranscriptEdits) -> Iterator[TracedLine]:
    asked = memfog(home, clone, "why", name, "--json")
    if not asked.stdout.startswith("["):
        return
    lines = (clone / name).read_text(errors="replace").split("\n")
    times = read_times(clone, name)
    for answer in json.loads(asked.stdout):
        text, until = lines[answer["line"] - 1], times.get(answer["line"], "9")
        if normalize(text):
            is_false = bool(answer["prompt"]) and not edits.has_named_added(
                answer["session_id"], answer["edited_at"], text
            )
            yield TracedLine(text, answer, edits.has_added(name, text, until), is_false)


def read_times(clone: Path, name: str) -> dict[int, str]:
    """The time of each line's commit, as ISO 8601 in UTC."""
    command = ["git", "-C", str(clone), "blame", "--line-porcelain", "-w", "-M", "--", name]
    text = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    found: dict[int, str] = {}
    number = 0
    for line in text.split("\n"):
        words = line.split(" ")
        if len(words[0]) == 40 and len(words) >= 3 and words[2].isdigit():
            number = int(words[2])
        elif words[0] == "committer-time":
            found[number] = format_time(int(words[1]) + 1)
    return found


def format_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
