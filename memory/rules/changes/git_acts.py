"""Extracts what a session did with git: commits, pushes and pull requests, from commands and their output. Pure.

A row is only made where the output, or the transcript, names a commit or an address: a command alone may have failed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from events.wire.hook_event import HookEvent, storable_text, summary_line
from events.wire.json_values import get_flag, get_text
from memory.rules.changes import git_commands, git_output
from memory.rules.changes.commit_staging import MAX_REQUESTS, Staging
from memory.rules.changes.commit_summary import read_summary
from memory.rules.changes.git_commands import REQUEST, GitCall, find_calls
from memory.rules.changes.git_output import CommitLine
from memory.rules.changes.repository_folders import RepositoryFolders, relate_folder
from memory.rules.changes.staged_paths import PATTERN_CHARS, StagedPaths
from memory.rules.tool_catalog import get_tool

COMMIT, AMEND, CHERRY_PICK, REVERT, REBASE = "commit", "amend", "cherry-pick", "revert", "rebase"
MERGE, APPLY, PUSH = "merge", "apply", "push"
KINDS_BY_CALL = {
    "commit": COMMIT,
    "cherry-pick": CHERRY_PICK,
    "revert": REVERT,
    "rebase": REBASE,
    "merge": MERGE,
    "am": APPLY,
}
# The kinds that hold changes of files which were not committed before.
HOLDING_KINDS = (COMMIT, AMEND)
COMMIT_KINDS = (*KINDS_BY_CALL.values(), AMEND)
MAX_ACTS = 50
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
# Options by which a call ends what another one began, and makes no commit.
_ENDING_OPTIONS = ("--abort", "--quit", "--show-current-patch")


@dataclass(frozen=True, slots=True)
class GitAct:
    """The columns of `memory.models.GitAct` without its owner.

    `ordinal` numbers the acts of one event from 0. `hash` is as long as the output showed it, and `old_hash` that
    before a push. `url` is the remote of a push, or the address of a pull request. `paths` are those that the commands
    before a commit named, one a line; `.` for all files, empty if they named none. One that begins with `:!` is a
    repository of its own within the folder, of which the commit holds nothing.
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
    hook_event: HookEvent,
    staging: Staging,
    folders: RepositoryFolders,
    prompt_seq: int | None,
    *,
    project: str,
    repo: str,
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
        acts = _Reader(hook_event, staging, folders, blank).read()
    else:
        return []
    return [replace(act, ordinal=at) for at, act in enumerate(acts[:MAX_ACTS])]


class _Reader:
    """Reads the calls of one command together with its output."""

    def __init__(self, hook_event: HookEvent, staging: Staging, folders: RepositoryFolders, blank: GitAct) -> None:
        data = hook_event.data
        self.staging, self.folders, self.blank = staging, folders, blank
        self.paths = StagedPaths(blank.project, folders)
        folder = get_text(data, "cwd") or blank.project
        self.calls = find_calls(get_text(data, "tool_input", "command"), folder, blank.project)
        self.is_failure = hook_event.hook == "post_tool_failure" or get_flag(data, "tool_response", "interrupted")
        self.lines = git_output.read_lines(git_output.read_output(hook_event)) if self.calls else []
        self.commits = git_output.read_commits(self.lines)
        self.has_read_pushes = False  # the output names all pushes at once
        self.acts: list[GitAct] = []
        self.later_calls = self.calls
        self.has_looked = False  # at the head, before a commit

    @cached_property
    def requests(self) -> list[str]:
        urls = git_output.read_requests(self.lines)
        return urls + [url for url in git_output.read_azure_requests(self.lines) if url not in urls]

    def read(self) -> list[GitAct]:
        for at, call in enumerate(self.calls):
            if reader := READERS.get(call.name):
                self.later_calls = self.calls[at + 1 :]
                reader(self, call)
        return self.acts

    def add_paths(self, call: GitCall) -> None:
        self.staging.add(self.paths.list_added(call))

    def note_repository(self, call: GitCall) -> None:
        """A command makes a repository within the folder of the session."""
        made = git_commands.find_made_folder(call)
        if made and not self.is_failure and PATTERN_CHARS.isdisjoint(made):
            self.folders.note_own(made, self.blank.project)

    def read_commit(self, call: GitCall) -> None:
        if any(call.has_option(option) for option in _ENDING_OPTIONS):
            self.staging.awaits_hash = ""
            return
        if call.name == "commit" and not call.has_option("--dry-run"):
            self._note_part(call)
            self.staging.add(self.paths.list_committed(call, self.staging.paths))
        kind = AMEND if call.name == "commit" and call.has_option("--amend") else KINDS_BY_CALL[call.name]
        others = sum(one.name in KINDS_BY_CALL for one in self.later_calls)
        own = self.commits[: max(1, len(self.commits) - others)]
        self.commits = self.commits[len(own) :]
        for line in own:
            self._add_commit(line, kind, call)
        if not own:
            self.staging.awaits_hash = kind if not self.is_failure and self._is_made(call.name) else ""
            self.staging.awaited_words = self._read_words(call) if self.staging.awaits_hash else ""

    def _note_part(self, call: GitCall) -> None:
        """Git names files from the top of the repository: below the folder of the session, if that is the top."""
        below = relate_folder(call.folder, self.blank.project)
        if below and any(
            name.startswith(f"{below}/") for one in read_summary(self.lines) for name in (one.old, one.new)
        ):
            self.folders.note_part(below)

    def _read_words(self, call: GitCall) -> str:
        """The words among which the subject of the commit is; those of a patch stand in the output."""
        if call.name != "am":
            return _read_message(call)
        applied = [line.partition(": ")[2] for line in self.lines if ": " in line]
        return storable_text(_flatten(" ".join(applied)), MAX_MESSAGE_CHARS)

    def _is_made(self, name: str) -> bool:
        """Whether a commit was made of which the output names no hash."""
        if name in ("merge", "rebase"):
            return any(git_output.has_succeeded(name, line) for line in self.lines)
        return not git_output.is_nothing(self.lines)

    def read_merge(self, call: GitCall) -> None:
        """A merge either makes a commit, or moves the branch to one. One with `--squash` says so, and does neither."""
        if call.has_option("--squash"):
            return
        moved_to = "" if self.is_failure else git_output.read_fast_forward(self.lines)
        if moved_to:
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
            self._add_awaited(head, kind, call)

    def _add_awaited(self, head: CommitLine, kind: str, call: GitCall) -> None:
        """Adds the commit at the head, unless it has another message: then the awaited one was not made."""
        words, self.staging.awaits_hash = self.staging.awaited_words, ""
        if not words or _flatten(head.subject).rstrip("…") in words:
            self._add_commit(head, kind, call)
        elif any(word.startswith(_FORMAT_OPTIONS) for word in call.words):  # more than the subject
            self._add_commit(replace(head, subject=""), kind, call)

    def leave_head(self, call: GitCall) -> None:
        """The head may have become another commit, of another branch."""
        self.staging.awaits_hash = ""
        if call.name == "reset":
            self.staging.take()
        elif call.name in ("checkout", "switch") and "--" not in call.words:
            new_branch = call.find_value(*_NEW_BRANCH_OPTIONS)
            is_certain = not self.is_failure and PATTERN_CHARS.isdisjoint(new_branch)
            self.staging.branch = storable_text(new_branch, 250) if is_certain else ""

    def read_push(self, call: GitCall) -> None:
        if self.has_read_pushes:
            return
        self.has_read_pushes = True
        pushes = git_output.read_pushes(self.lines, has_tags=git_commands.pushes_tags(call))
        for push in list(dict.fromkeys(pushes))[:MAX_ACTS]:
            branch, remote = storable_text(push.branch, 250), storable_text(push.remote, 500)
            self.acts.append(
                replace(self.blank, kind=PUSH, hash=push.new, old_hash=push.old, branch=branch, url=remote)
            )
            self.staging.branch = branch
        # GitLab and Bitbucket print the address of an open request.
        self._add_requests([url for url in self.requests if any(name in url for name in _PUSH_REQUESTS)])

    def read_request(self, call: GitCall) -> None:
        self._add_requests(self.requests[-1:])

    def _add_commit(self, line: CommitLine, kind: str, call: GitCall) -> None:
        self.staging.awaits_hash = ""
        branch, subject = storable_text(line.branch, 250), summary_line(line.subject, git_output.MAX_SUBJECT_CHARS)
        self.staging.branch = branch or self.staging.branch
        paths = self._take_paths(call) if kind in HOLDING_KINDS else []
        branch = branch or self.staging.branch
        made = replace(self.blank, kind=kind, hash=line.hash, branch=branch, subject=subject)
        self.acts.append(replace(made, paths="\n".join(paths)))

    def _take_paths(self, call: GitCall) -> list[str]:
        return self.staging.take(self.paths.find_own(call.folder)) + self.paths.list_outside(call)

    def _add_requests(self, urls: list[str]) -> None:
        branch = self.staging.branch
        new_urls = [url for url in urls[:MAX_REQUESTS] if self.staging.is_new_request(url)]
        self.acts += [replace(self.blank, kind=REQUEST, url=url, branch=branch) for url in new_urls]


def _read_message(call: GitCall) -> str:
    """Reads the words of a commit's command if its message is among them, and no variable is."""
    text = " ".join(call.words)[:MAX_MESSAGE_CHARS]
    has_message = call.has_option("--message", "m") or any(word.startswith("--message") for word in call.words)
    is_certain = has_message and "$" not in text.replace("$(cat <<", "")
    return storable_text(_flatten(text), MAX_MESSAGE_CHARS) if is_certain else ""


def _flatten(text: str) -> str:
    """Leaves out the signs that a shell takes away, and white space."""
    return "".join(text.translate(_SHELL_SIGNS).split())


READERS: dict[str, Callable[[_Reader, GitCall], None]] = {
    **dict.fromkeys(("add", "stage", "mv", "rm"), _Reader.add_paths),
    "commit": _Reader.read_commit,
    "cherry-pick": _Reader.read_commit,
    "revert": _Reader.read_commit,
    "rebase": _Reader.read_commit,
    "am": _Reader.read_commit,
    "merge": _Reader.read_merge,
    "push": _Reader.read_push,
    **dict.fromkeys(("init", "clone", "submodule"), _Reader.note_repository),
    REQUEST: _Reader.read_request,
    **dict.fromkeys(("log", "rev-parse", "show"), _Reader.read_head),
    **dict.fromkeys(("reset", "pull", "checkout", "switch"), _Reader.leave_head),
}
