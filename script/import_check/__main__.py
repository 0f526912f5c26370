"""`script/import-check PATH`: imports transcripts into a scratch server, and prints sessions, kinds and differences.

Exits with 1 if there is a difference: a session without a title and a reason, an answer that was not counted, a page
with an error, or a second import that finds something new.
"""

import sys
import tempfile
import time
from pathlib import Path

from script.import_check import import_report, page_check, transcript_count
from script.import_check.scratch_server import ScratchServer


def main(path: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="memfog-import-check-") as folder:
        scratch = Path(folder)
        projects = lay_out(path, scratch / "home" / ".claude")
        files = transcript_count.count_transcripts(projects)
        with ScratchServer(scratch) as server:
            started = time.monotonic()
            output = server.run_client("import")
            seconds = time.monotonic() - started
            again = server.run_client("import")
            events = server.pull_events()
            sessions = server.list_sessions()
            errors = page_check.find_errors(server.sign_in(), [session["id"] for session in sessions])
    report = import_report.build_report(files, events, sessions, output=output, again=again, errors=errors)
    first = f"{files.files} files, {files.bytes / 1e6:.1f} MB, imported in {seconds:.1f} s"
    sys.stdout.writelines(f"{line}\n" for line in (first, *report.lines))
    return 1 if report.differences else 0


def lay_out(path: Path, root: Path) -> Path:
    """Links the transcripts into a config root as Claude Code has them. Returns their folder."""
    root.mkdir(parents=True)
    history = path / "history.jsonl"
    if history.is_file():
        (root / "history.jsonl").symlink_to(history)
    if (path / "projects").is_dir():
        (root / "projects").symlink_to(path / "projects")
    elif any(path.glob("*.jsonl")):
        (root / "projects").mkdir()
        (root / "projects" / "-imported").symlink_to(path)
    else:
        (root / "projects").symlink_to(path)
    return root / "projects"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
