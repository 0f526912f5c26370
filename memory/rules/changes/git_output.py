"""Reads what git and programs that open pull requests print: commits, pushes and addresses. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from re import Match
from urllib.parse import urlsplit

from events.wire import patterns
from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_text

MAX_OUTPUT_CHARS, MAX_LINES, MAX_SUBJECT_CHARS, MAX_BRANCH_CHARS = 100_000, 2_000, 200, 250
_REQUEST_FOLDERS = frozenset(("pull", "pulls", "merge_requests", "pull-requests", "pullrequest"))
# What git says instead of making a commit.
_NOTHING = ("nothing to commit", "nothing added to commit", "no changes added to commit")


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


def read_output(hook_event: HookEvent) -> str:
    """Reads what a command printed; of a failed one the host reports all of it as the error."""
    response = hook_event.data.get("tool_response")
    parts = (get_text(response, "stdout"), get_text(response, "stderr"), get_text(hook_event.data, "error"))
    return "\n".join(filter(None, (response if isinstance(response, str) else "", *parts)))


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
    """Reads the commit to which a merge moved the branch without a commit of its own; empty if it did not.

    Git says so in two lines, in any language: `Updating a..b` and `Fast-forward`. An error has a colon.
    """
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        found = patterns.GIT_UPDATING_LINE.fullmatch(line)
        is_range = found and patterns.HASH.fullmatch(found[1].rpartition(" ")[2])
        if found and is_range and following[:1].strip() and not any(sign in following for sign in ":："):
            return found[2]
    return ""


def read_head(lines: list[str]) -> CommitLine | None:
    """Reads the first commit that `git log` or `git rev-parse` printed."""
    for line in lines:
        if found := patterns.GIT_HASH_LINE.match(line):
            return CommitLine(found[1], subject=summary_line(found[2] or "", MAX_SUBJECT_CHARS))
    return None


def is_nothing(lines: list[str]) -> bool:
    """Whether git said that there was nothing to commit."""
    return any(words in line for line in lines for words in _NOTHING)


def read_pushes(lines: list[str], *, has_tags: bool = False) -> list[PushLine]:
    """Reads the branches that were pushed: the lines right after `To`. Those of a fetch follow on other words.

    What is new is a branch or, with `has_tags`, perhaps a tag: only English names it.
    """
    pushes, remote = [], ""
    for line in lines:
        if not line.startswith(" "):
            remote = strip_credentials(line[3:].strip()) if line.startswith("To ") else ""
        elif remote and (found := patterns.GIT_PUSH_LINE.match(line)) and _is_branch(found, has_tags):
            pushes.append(PushLine(found[4][:MAX_BRANCH_CHARS], remote, found[2] or "", found[3] or ""))
    return pushes


def _is_branch(found: Match[str], has_tags: bool) -> bool:
    words, name = found[1], found[4]
    if words is None or words == "new branch":
        return True
    return words not in ("new tag", "new reference") and not has_tags and not patterns.VERSION_NAME.fullmatch(name)


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


def has_succeeded(command: str, line: str) -> bool:
    """Whether git says in this line that a merge or a rebase was made; it names the hash in no language."""
    if command == "merge":
        return patterns.GIT_MERGED_LINE.search(line) is not None
    return command == "rebase" and patterns.GIT_REBASED_LINE.search(line) is not None


def read_azure_requests(lines: list[str]) -> list[str]:
    """Reads the address of the pull request that `az repos pr create` describes as JSON."""
    text = "\n".join(lines)
    number = patterns.AZURE_NUMBER.search(text)
    addresses = (found[1] for found in patterns.AZURE_ADDRESS.finditer(text))
    repository = next((one for one in addresses if "_git" in one.split("/")[-2:-1]), "")
    url = clean_request(f"{repository}/pullrequest/{number[1]}") if number and repository else ""
    return [url] if url else []


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
