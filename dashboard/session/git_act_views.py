"""Commits, pushes and pull requests as pages show them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.http import urlencode

from dashboard.render.safe_text import one_line
from dashboard.render.short_labels import format_dollars
from dashboard.render.shown_names import project_hue, project_label
from dashboard.session.session_summary import NO_PRICE, to_display_time
from memory.file_history.commit_costs import CommitCost
from memory.models import GitAct
from memory.rules.changes import git_acts
from memory.rules.changes.git_commands import REQUEST

SHORT_HASH_CHARS, MAX_SUBJECT_CHARS = 10, 200
MAX_SHOWN = 5  # commits in the header of a session
KIND_LABELS = {
    git_acts.COMMIT: "Commit",
    git_acts.AMEND: "Amended commit",
    git_acts.MERGE: "Merge",
    git_acts.CHERRY_PICK: "Cherry-pick",
    git_acts.REVERT: "Revert",
    git_acts.REBASE: "Rebase",
    git_acts.APPLY: "Applied patches",
    git_acts.PUSH: "Push",
    REQUEST: "Pull request",
}


@dataclass(frozen=True, slots=True)
class GitActView:
    source: GitAct

    @property
    def kind(self) -> str:
        return KIND_LABELS.get(self.source.kind, "Commit")

    @property
    def is_request(self) -> bool:
        return bool(self.source.kind == REQUEST)

    @property
    def hash(self) -> str:
        return str(self.source.hash)

    @property
    def short_hash(self) -> str:
        return self.hash[:SHORT_HASH_CHARS]

    @property
    def request_label(self) -> str:
        """The number of a pull request, with the host that it is on."""
        return format_request(self.source.url)

    @property
    def url(self) -> str:
        """The address of a pull request; the rule that found it accepts no other."""
        return self.source.url if self.is_request else ""

    @property
    def remote(self) -> str:
        return "" if self.is_request else one_line(self.source.url, 200)

    @property
    def subject(self) -> str:
        return one_line(self.source.subject, MAX_SUBJECT_CHARS)

    @property
    def branch(self) -> str:
        return one_line(self.source.branch, 100)

    @property
    def branch_query(self) -> str:
        """The query of the commits of the branch, and thus of a pull request; empty if the branch is unknown."""
        branch = self.source.branch
        return urlencode({"branch": branch, "project": self.project_filter}) if branch else ""

    @property
    def at(self) -> datetime:
        return to_display_time(self.source.at_us)

    @property
    def session_id(self) -> str:
        return str(self.source.session_id)

    @property
    def project(self) -> str:
        return one_line(project_label(self.source.repo, self.source.project), 60)

    @property
    def project_filter(self) -> str:
        return self.source.repo or self.source.project

    @property
    def hue(self) -> int:
        return project_hue(self.source.repo, self.source.project)


def format_request(url: str) -> str:
    parts = urlsplit(url)
    return one_line(f"{parts.hostname} #{parts.path.rpartition('/')[2]}", 80)


@dataclass(frozen=True, slots=True)
class SessionActs:
    """The commits and pull requests of a session: all pull requests, and its latest commits."""

    requests: Sequence[GitActView]
    commits: Sequence[GitActView]
    more: int


def build_session_acts(acts: Sequence[GitAct]) -> SessionActs:
    views = [GitActView(act) for act in acts]
    commits = [view for view in views if not view.is_request][::-1]
    requests = [view for view in views if view.is_request]
    return SessionActs(requests, commits[:MAX_SHOWN], len(commits[MAX_SHOWN:]))


def format_share(cost: CommitCost) -> str:
    """Formats what a commit, or a part of one, cost; empty if nothing is known of it."""
    if not cost.is_known:
        return NO_PRICE if cost.has_unpriced else ""
    return f"≈ {format_dollars(cost.share_microdollars) or '$0.00'}"


def format_turns(cost: CommitCost) -> str:
    """Formats what the whole turns cost; empty if the commit itself cost as much."""
    turns, share = format_dollars(cost.turns_microdollars), format_dollars(cost.share_microdollars)
    return turns if turns != share else ""
