"""Reads what git and programs that open pull requests print: commits, pushes and addresses. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from events.wire import patterns
from events.wire.hook_event import summary_line

MAX_OUTPUT_CHARS, MAX_LINES, MAX_SUBJECT_CHARS, MAX_BRANCH_CHARS = 100_000, 2_000, 200, 250
_REQUEST_FOLDERS = frozenset(("pull", "pulls", "merge_requests", "pull-requests", "pullrequest"))
# What git says instead of making a commit.
_NOTHING = ("nothing to commit", "nothing added to commit", "no changes added to commit")

# What git says after a merge and a rebase, without the hash.
SUCCESSES = {"merge": "Merge made by", "rebase": "Successfully rebased"}


@dataclass(frozen=True, slots=True)
class CommitLine:
    """A commit as git reports it; `branch` is empty for a detached head or if it is unknown."""

    hash: str
    branch: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class PushLine:
    """A branch that was pushed; `old` and `new` are empty for a new branch."""

    branch: str
    remote: str
    old: str = ""
    new: str = ""


def read_lines(output: str) -> list[str]:
    return output[:MAX_OUTPUT_CHARS].splitlines()[:MAX_LINES]


def read_commits(lines: list[str]) -> list[CommitLine]:
    """Reads the lines by which `git commit` and others report a new commit: `[main abc1234] Subject`."""
    commits = []
    for line in lines:
        found = patterns.GIT_COMMIT_LINE.match(line)
        if found and (branch := _read_branch(found[1])) is not None:
            commits.append(CommitLine(found[2], branch, summary_line(found[3], MAX_SUBJECT_CHARS)))
    return commits


def _read_branch(words: str) -> str | None:
    """Reads where git says that it made a commit, in any language; None for the words of another program.

    It is `main`, `main (root-commit)` or `detached HEAD`.
    """
    name, _, rest = words.replace("（", " (").partition(" ")
    if (rest and "HEAD" in words) or words == "分离头指针":
        return ""
    return name[:MAX_BRANCH_CHARS] if name and (not rest or rest.startswith("(")) else None


def read_fast_forward(lines: list[str]) -> str:
    """Reads the commit to which a merge moved the branch without a commit of its own; empty if it did not."""
    found = (patterns.GIT_UPDATING_LINE.match(line) for line in lines)
    is_fast = any(line.startswith("Fast-forward") for line in lines)
    return next((one[1] for one in found if one), "") if is_fast else ""


def read_head(lines: list[str]) -> CommitLine | None:
    """Reads the first commit that `git log` or `git rev-parse` printed."""
    for line in lines:
        if found := patterns.GIT_HASH_LINE.match(line):
            return CommitLine(found[1], subject=summary_line(found[2] or "", MAX_SUBJECT_CHARS))
    return None


def is_nothing(lines: list[str]) -> bool:
    """Whether git said that there was nothing to commit."""
    return any(words in line for line in lines for words in _NOTHING)


def read_pushes(lines: list[str]) -> list[PushLine]:
    """Reads the branches that were pushed: the lines right after `To`. Those of a fetch follow on other words."""
    pushes, remote = [], ""
    for line in lines:
        if not line.startswith(" "):
            remote = strip_credentials(line[3:].strip()) if line.startswith("To ") else ""
        elif remote and (found := patterns.GIT_PUSH_LINE.match(line)):
            pushes.append(PushLine(found[3][:MAX_BRANCH_CHARS], remote, found[1] or "", found[2] or ""))
    return pushes


def strip_credentials(remote: str) -> str:
    """Removes user and password from the address of a remote; returns at most 500 characters of one line."""
    scheme, separator, rest = remote.partition("://")
    if separator:
        host, slash, path = rest.partition("/")
        remote = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return summary_line(remote, 500)


def read_requests(lines: list[str]) -> list[str]:
    """Reads the addresses of pull requests, each once."""
    return list(dict.fromkeys(url for line in lines for url in _find_requests(line)))


def _find_requests(line: str) -> Iterator[str]:
    for found in patterns.WEB_ADDRESS.finditer(line):
        if url := clean_request(found[0]):
            yield url


def clean_request(url: str) -> str:
    """Returns the address of a pull request without query and fragment; empty for any other address."""
    try:
        parts = urlsplit(url.rstrip(".,;:!)"))
    except ValueError:
        return ""
    names = parts.path.strip("/").split("/")
    is_request = len(names) >= 3 and names[-2] in _REQUEST_FOLDERS and names[-1].isdecimal() and names[-1].isascii()
    is_plain = parts.scheme in ("http", "https") and "@" not in parts.netloc and len(url) <= 500 and url.isprintable()
    is_plain = is_plain and bool(parts.hostname)
    return f"{parts.scheme}://{parts.netloc}/{'/'.join(names)}" if is_request and is_plain else ""
