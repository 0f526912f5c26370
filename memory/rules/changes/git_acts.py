"""Extracts what a session did with git: commits, pushes and pull requests, from commands and their output. Pure.

A row is only made where the output, or the transcript, names a commit or an address: a command alone may have failed.
"""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from events.wire.folder_names import folder_key, leave_worktree
from events.wire.hook_event import HookEvent, storable_text, summary_line
from events.wire.json_values import get_flag, get_text
from memory.rules.changes import git_output
from memory.rules.changes.commit_staging import ALL_PATHS, MAX_REQUESTS, Staging
from memory.rules.changes.git_commands import REQUEST, GitCall, find_calls
from memory.rules.changes.git_output import CommitLine
from memory.rules.tool_catalog import get_tool
from memory.values.project_paths import relate_path

COMMIT, AMEND, CHERRY_PICK, REVERT, REBASE = "commit", "amend", "cherry-pick", "revert", "rebase"
MERGE, PUSH = "merge", "push"
KINDS_BY_CALL = {"commit": COMMIT, "cherry-pick": CHERRY_PICK, "revert": REVERT, "rebase": REBASE, "merge": MERGE}
# The kinds that hold changes of files which were not committed before.
HOLDING_KINDS = (COMMIT, AMEND)
COMMIT_KINDS = (*KINDS_BY_CALL.values(), AMEND)
MAX_ACTS = 50
# Options of `git add` that name no files.
_ALL_OPTIONS = (("--all", "A"), ("--update", "u"), ("--patch", "p"), ("--interactive", "i"))
# Options of `git log` by which the first commit that it shows may be another than the head.
_CHOOSING_OPTIONS = (
    *("--reverse", "--all", "--skip", "--grep", "--author", "--committer", "--since", "--after", "--until", "--before"),
    *("--merges", "--no-merges", "--branches", "--remotes", "--tags", "-S", "-G", "-g", "-L"),
)
_FORMAT_OPTIONS = ("--format", "--pretty")
_NEW_BRANCH_OPTIONS = ("-b", "-B", "-c", "-C", "--create", "--force-create", "--orphan")
_PUSH_REQUESTS = ("/merge_requests/", "/pull-requests/")
MAX_MESSAGE_CHARS = 1_000
_SHELL_SIGNS = str.maketrans("", "", "\"'\\`")
_PATTERN_CHARS = frozenset("*?[$`{~\n")


@dataclass(frozen=True, slots=True)
class GitAct:
    """The columns of `memory.models.GitAct` without its owner.

    `ordinal` numbers the acts of one event from 0. `hash` is as long as the output showed it, and `old_hash` that
    before a push. `url` is the remote of a push, or the address of a pull request. `paths` are those that the commands
    before a commit named, one a line; `.` for all files, empty if they named none.
    """

    seq: int
    ordinal: int
    session_id: str
    at_us: int
    prompt_seq: int | None
    kind: str
    hash: str = ""
    old_hash: str = ""
    branch: str = ""
    subject: str = ""
    url: str = ""
    paths: str = ""
    project: str = ""
    repo: str = ""


def extract_acts(
    hook_event: HookEvent, staging: Staging, prompt_seq: int | None, *, project: str, repo: str
) -> list[GitAct]:
    """Extracts the acts that this event reports. `project` is the folder of the session."""
    blank = GitAct(
        hook_event.seq, 0, hook_event.session_id, hook_event.at_us, prompt_seq, "", project=project, repo=repo
    )
    if hook_event.hook == "pull_request":
        url = git_output.clean_request(get_text(hook_event.data, "url"))
        acts = (
            [replace(blank, kind=REQUEST, url=url, branch=staging.branch)]
            if url and staging.is_new_request(url)
            else []
        )
    elif hook_event.hook in ("post_tool_use", "post_tool_failure") and get_tool(hook_event.tool_name).is_shell:
        acts = _Reader(hook_event, staging, blank).read()
    else:
        return []
    return [replace(act, ordinal=at) for at, act in enumerate(acts[:MAX_ACTS])]


class _Reader:
    """Reads the calls of one command together with its output."""

    def __init__(self, hook_event: HookEvent, staging: Staging, blank: GitAct) -> None:
        data = hook_event.data
        self.staging, self.blank = staging, blank
        folder = get_text(data, "cwd") or blank.project
        self.calls = find_calls(get_text(data, "tool_input", "command"), folder)
        self.is_failure = hook_event.hook == "post_tool_failure" or get_flag(data, "tool_response", "interrupted")
        self.lines = git_output.read_lines(_read_output(hook_event)) if self.calls else []
        self.commits = git_output.read_commits(self.lines)
        self.has_read_pushes = False  # the output names all pushes at once
        self.acts: list[GitAct] = []
        self.later_calls = self.calls
        self.has_looked = False  # at the head, before a commit

    @cached_property
    def requests(self) -> list[str]:
        return git_output.read_requests(self.lines)

    def read(self) -> list[GitAct]:
        for at, call in enumerate(self.calls):
            if reader := READERS.get(call.name):
                self.later_calls = self.calls[at + 1 :]
                reader(self, call)
        return self.acts

    def add_paths(self, call: GitCall) -> None:
        is_all = any(call.has_option(*option) for option in _ALL_OPTIONS)
        whole = _store_folder(call.folder) if self._is_elsewhere(call.folder) else ALL_PATHS
        self.staging.add([whole] if is_all else self._list_paths(call, call.arguments))

    def read_commit(self, call: GitCall) -> None:
        if call.name == "commit" and not call.has_option("--dry-run"):
            self._stage_for_commit(call)
        kind = AMEND if call.name == "commit" and call.has_option("--amend") else KINDS_BY_CALL[call.name]
        others = sum(one.name in KINDS_BY_CALL for one in self.later_calls)
        own = self.commits[: max(1, len(self.commits) - others)]
        self.commits = self.commits[len(own) :]
        for line in own:
            self._add_commit(line, kind)
        if not own:
            self.staging.awaits_hash = kind if not self.is_failure and self._is_made(call.name) else ""
            self.staging.awaited_words = _read_message(call) if self.staging.awaits_hash else ""

    def _is_made(self, name: str) -> bool:
        """Whether a commit was made of which the output names no hash."""
        if words := git_output.SUCCESSES.get(name):
            return any(words in line for line in self.lines)
        return not git_output.is_nothing(self.lines)

    def read_merge(self, call: GitCall) -> None:
        """A merge either makes a commit, or moves the branch to one. One with `--squash` says so, and does neither."""
        if call.has_option("--squash"):
            return
        if moved_to := git_output.read_fast_forward(self.lines):
            self.acts.append(replace(self.blank, kind=MERGE, hash=moved_to))
        else:
            self.read_commit(call)

    def read_head(self, call: GitCall) -> None:
        """Reads the hash of a commit that was made without any output."""
        arguments = [word for word in call.arguments if word != "HEAD" and not word.isdecimal()]
        kind = self.staging.awaits_hash
        self.has_looked |= not kind
        if not kind or self.has_looked or arguments or any(word.startswith(_CHOOSING_OPTIONS) for word in call.words):
            return
        if head := git_output.read_head(self.lines):
            self._add_awaited(head, kind, has_format=any(word.startswith(_FORMAT_OPTIONS) for word in call.words))

    def _add_awaited(self, head: CommitLine, kind: str, *, has_format: bool) -> None:
        """Adds the commit at the head, unless it has another message: then the awaited one was not made."""
        words, self.staging.awaits_hash = self.staging.awaited_words, ""
        if not words or _flatten(head.subject).rstrip("…") in words:
            self._add_commit(head, kind)
        elif has_format:  # more than the subject
            self._add_commit(replace(head, subject=""), kind)

    def leave_head(self, call: GitCall) -> None:
        """The head may have become another commit, of another branch."""
        self.staging.awaits_hash = ""
        if call.name == "reset":
            self.staging.take()
        elif call.name in ("checkout", "switch") and "--" not in call.words:
            new_branch = call.find_value(*_NEW_BRANCH_OPTIONS)
            is_certain = not self.is_failure and _PATTERN_CHARS.isdisjoint(new_branch)
            self.staging.branch = storable_text(new_branch, 250) if is_certain else ""

    def read_push(self, call: GitCall) -> None:
        if self.has_read_pushes:
            return
        self.has_read_pushes = True
        for push in list(dict.fromkeys(git_output.read_pushes(self.lines)))[:MAX_ACTS]:
            branch, remote = storable_text(push.branch, 250), storable_text(push.remote, 500)
            self.acts.append(
                replace(self.blank, kind=PUSH, hash=push.new, old_hash=push.old, branch=branch, url=remote)
            )
            self.staging.branch = branch
        # GitLab and Bitbucket print the address of an open request.
        self._add_requests([url for url in self.requests if any(name in url for name in _PUSH_REQUESTS)])

    def read_request(self, call: GitCall) -> None:
        self._add_requests(self.requests[-1:])

    def _stage_for_commit(self, call: GitCall) -> None:
        if self._is_elsewhere(call.folder):
            return self.staging.add([_store_folder(call.folder)])
        if call.has_option("--all", "a"):
            return self.staging.add([ALL_PATHS])
        # Without options the words may be messages: only names behind `--` are files for certain.
        if "--" in call.words:
            self.staging.add(self._list_paths(call, call.words[call.words.index("--") + 1 :]))
        return None

    def _is_elsewhere(self, folder: str) -> bool:
        """Whether a folder has nothing in common with that of the session, so that its repository is another one."""
        own, other = (folder_key(leave_worktree(one)).rstrip("/") for one in (self.blank.project, _normalize(folder)))
        is_known = posixpath.isabs(own) and posixpath.isabs(other) and _PATTERN_CHARS.isdisjoint(other)
        return is_known and not f"{own}/".startswith(f"{other}/") and not f"{other}/".startswith(f"{own}/")

    def _list_paths(self, call: GitCall, names: tuple[str, ...]) -> list[str]:
        """Lists the named paths as they are stored; a pattern or a variable may be any file."""
        paths = []
        for name in names:
            whole = _normalize(posixpath.join(call.folder, name))
            is_project = whole == _normalize(self.blank.project or "/")
            path = "" if is_project else relate_path(whole, (self.blank.project,))
            paths.append(path if path and _PATTERN_CHARS.isdisjoint(path) else ALL_PATHS)
        return paths

    def _add_commit(self, line: CommitLine, kind: str) -> None:
        self.staging.awaits_hash = ""
        branch, subject = storable_text(line.branch, 250), summary_line(line.subject, git_output.MAX_SUBJECT_CHARS)
        self.staging.branch = branch or self.staging.branch
        paths = self.staging.take() if kind in HOLDING_KINDS else ""
        branch = branch or self.staging.branch
        self.acts.append(replace(self.blank, kind=kind, hash=line.hash, branch=branch, subject=subject, paths=paths))

    def _add_requests(self, urls: list[str]) -> None:
        branch = self.staging.branch
        new_urls = [url for url in urls[:MAX_REQUESTS] if self.staging.is_new_request(url)]
        self.acts += [replace(self.blank, kind=REQUEST, url=url, branch=branch) for url in new_urls]


def _normalize(path: str) -> str:
    return posixpath.normpath(path)


def _store_folder(path: str) -> str:
    return storable_text(_normalize(path), 500)


def _read_message(call: GitCall) -> str:
    """Reads the words of a commit's command if its message is among them, and no variable is."""
    text = " ".join(call.words)[:MAX_MESSAGE_CHARS]
    has_message = call.has_option("--message", "m") or any(word.startswith("--message") for word in call.words)
    is_certain = has_message and "$" not in text.replace("$(cat <<", "")
    return storable_text(_flatten(text), MAX_MESSAGE_CHARS) if is_certain else ""


def _flatten(text: str) -> str:
    """Leaves out the signs that a shell takes away, and white space."""
    return "".join(text.translate(_SHELL_SIGNS).split())


def _read_output(hook_event: HookEvent) -> str:
    """Reads what a command printed; of a failed one the host reports all of it as the error."""
    response = hook_event.data.get("tool_response")
    parts = (get_text(response, "stdout"), get_text(response, "stderr"), get_text(hook_event.data, "error"))
    return "\n".join(filter(None, (response if isinstance(response, str) else "", *parts)))


READERS: dict[str, Callable[[_Reader, GitCall], None]] = {
    **dict.fromkeys(("add", "stage", "mv", "rm"), _Reader.add_paths),
    "commit": _Reader.read_commit,
    "cherry-pick": _Reader.read_commit,
    "revert": _Reader.read_commit,
    "rebase": _Reader.read_commit,
    "merge": _Reader.read_merge,
    "push": _Reader.read_push,
    REQUEST: _Reader.read_request,
    **dict.fromkeys(("log", "rev-parse", "show"), _Reader.read_head),
    **dict.fromkeys(("reset", "pull", "checkout", "switch"), _Reader.leave_head),
}
