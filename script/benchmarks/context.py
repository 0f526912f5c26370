"""`script/bench context [PATH] [PROJECTS] [SESSIONS]`: how much of what a session used was in its context.

PATH is a folder of transcripts, such as ~/.claude; without it, sessions that `script.benchmarks.recall.made_up` makes.
Imports the sessions of a project one after the other into a scratch Memfog, and asks before each for its context.
Figures are means over the contexts; none of the text is printed or left behind.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from script.benchmarks.recall import made_up
from script.benchmarks.recall.hint_figures import measure_hints
from script.benchmarks.recall.recall_figures import GOALS, Earlier, mean_figures, measure_context
from script.benchmarks.recall.transcript_sessions import TranscriptSession, read_projects
from script.benchmarks.shared import harness, transcript_home
from script.benchmarks.shared.harness import print_row
from script.import_check.scratch_server import ScratchServer

MADE_UP = Path(made_up.__file__)


@dataclass(frozen=True)
class Size:
    """The folder with the transcripts, the most projects of it, and the most sessions of a project."""

    path: Path
    projects: int
    sessions: int


FULL, SMOKE = Size(MADE_UP, projects=8, sessions=8), Size(MADE_UP, projects=1, sessions=3)


def main(size: Size) -> None:
    with TemporaryDirectory(prefix="memfog-context-") as scratch:
        figures, seconds = measure_folder(size, Path(scratch))
    if not figures:
        sys.exit("No project has three sessions that edit files or run commands.")
    print_row("contexts", float(len(figures)))
    for name, (mean, count) in mean_figures(figures).items():
        print_row(f"{name}: mean, contexts", mean, float(count), GOALS.get(name, ""))
    print_row("ms until the answer: median, p95", *(f(seconds) * 1_000 for f in (harness.median, _percentile_95)))


def _percentile_95(values: list[float]) -> float:
    return harness.percentile(values, 95)


def measure_folder(size: Size, scratch: Path) -> tuple[list[dict[str, float]], list[float]]:
    """Returns the figures of each context, and the seconds of each answer."""
    source, transcripts = size.path, scratch / "transcripts"
    if size.path == MADE_UP:
        source = scratch / "made-up"
        made_up.write_transcripts(source)
    transcript_home.lay_out(source, transcripts)
    root = transcripts / ".claude" / transcript_home.PROJECTS
    projects = read_projects(root, projects=size.projects, sessions=size.sessions)
    (scratch / "home" / ".claude" / transcript_home.PROJECTS).mkdir(parents=True)
    with ScratchServer(scratch) as server:
        measured = [one for sessions in projects for one in _measure_project(server, root, sessions)]
    return [figures for figures, _ in measured], [seconds for _, seconds in measured]


def _measure_project(
    server: ScratchServer, root: Path, sessions: list[TranscriptSession]
) -> Iterator[tuple[dict[str, float], float]]:
    earlier = Earlier()
    for session in sessions:
        if earlier.files or earlier.commands:
            start = time.perf_counter()
            text = server.fetch_context(session.folder)
            seconds = time.perf_counter() - start
            given = server.fetch_context_ids(session.folder)
            hints = measure_hints(server.fetch_hints(session.folder), given, session)
            yield measure_context(text, session, earlier) | hints, seconds
        _import_session(server, root, session.path)
        earlier.add(session)


def _import_session(server: ScratchServer, root: Path, path: Path) -> None:
    target = server.home / ".claude" / transcript_home.PROJECTS / path.relative_to(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)
    if path.with_suffix("").is_dir():
        shutil.copytree(path.with_suffix(""), target.with_suffix(""), dirs_exist_ok=True)
    server.run_client("import")
    server.wait_for_projection()
