"""Lists the files that a commit created, deleted or moved, as the output of its command names them. Pure."""

import posixpath

from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text
from memory.rules.changes import git_output
from memory.rules.changes.commit_summary import SummaryLine, read_summary
from memory.rules.changes.git_commands import GitCall, find_calls
from memory.rules.changes.repository_folders import RepositoryFolders, relate_folder
from memory.rules.changes.staged_paths import StagedPaths, is_within

# Calls that make a commit of what was changed here. Others bring along what was committed elsewhere.
_CALLS = frozenset(("commit", "cherry-pick", "revert"))
MAX_PATH_CHARS = 500


def list_committed(
    hook_event: HookEvent, repositories: RepositoryFolders, *, project: str, repo: str
) -> list[SummaryLine]:
    """Lists the files with their paths in the project: none if it is not known to which folder git relates them."""
    lines = git_output.read_lines(git_output.read_output(hook_event))
    summary = read_summary(lines)
    if not summary or not git_output.read_commits(lines):
        return []
    command, folder = get_text(hook_event.data, "tool_input", "command"), get_text(hook_event.data, "cwd") or project
    call = next((one for one in find_calls(command, folder, project) if one.name in _CALLS), None)
    if call is None or StagedPaths(project, repositories).is_elsewhere(call.folder):
        return []
    base = _find_base(call, summary, repositories, project)
    related = [] if base is None else _relate_all(summary, base, project, repo)
    return [one for one in related if (one.old or one.new) and max(len(one.old), len(one.new)) <= MAX_PATH_CHARS]


def _find_base(call: GitCall, summary: list[SummaryLine], repositories: RepositoryFolders, project: str) -> str | None:
    """Finds the folder of the project from which git names files; None if it is not known."""
    below = relate_folder(call.folder, project)
    if not below:
        return "" if below == "" else None
    if own := repositories.find_own(below):
        return own
    is_part = repositories.is_part(below) or any(
        is_within(name, below) for one in summary for name in (one.old, one.new)
    )
    return "" if is_part else None


def _relate_all(summary: list[SummaryLine], base: str, project: str, repo: str) -> list[SummaryLine]:
    folder = posixpath.basename(project.replace("\\", "/").rstrip("/"))
    names = [name for one in summary for name in (one.old, one.new)]
    if not base and folder != posixpath.basename(repo) and any(is_within(name, folder) for name in names):
        # The session was started in a folder of the repository.
        return [SummaryLine(_leave(one.old, folder), _leave(one.new, folder)) for one in summary]
    return [
        SummaryLine(*(posixpath.join(base, name) if name else "" for name in (one.old, one.new))) for one in summary
    ]


def _leave(name: str, folder: str) -> str:
    """The path of a file within a folder; empty for any other file."""
    return name.removeprefix(f"{folder}/") if is_within(name, folder) else ""
