"""Commits, and what is behind one of them, as a page shows it. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from django.utils.http import urlencode

from dashboard.render.safe_text import first_line, one_line
from dashboard.render.shown_names import machine_label
from dashboard.session.git_act_views import GitActView, format_share, format_turns
from memory.file_history.change_history import TracedChange
from memory.file_history.commit_costs import CommitCost, sum_costs
from memory.file_history.commit_history import CommitHistory, TracedAct

MAX_PATH_CHARS, MAX_PROMPT_CHARS = 300, 300
NO_TITLE = "Untitled session"


@dataclass(frozen=True, slots=True)
class TracedActView(GitActView):
    """An act with its session and its cost."""

    traced: TracedAct

    @property
    def session_title(self) -> str:
        title = one_line(self.traced.session.title, 120) if self.traced.session else ""
        return title or NO_TITLE

    @property
    def machine(self) -> str:
        return one_line(machine_label(self.traced.session.row.machine), 60) if self.traced.session else ""

    @property
    def files(self) -> int:
        return self.traced.cost.files

    @property
    def cost(self) -> str:
        return format_share(self.traced.cost)


def build_act(traced: TracedAct) -> TracedActView:
    return TracedActView(traced.row, traced)


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Changes of a commit that have a file or a prompt in common."""

    changes: Sequence[TracedChange]

    @property
    def first(self) -> TracedChange:
        return self.changes[0]

    @property
    def total(self) -> CommitCost:
        return sum_costs([(change.row, change.turn_cost) for change in self.changes])

    @property
    def added(self) -> int:
        return sum(change.row.added for change in self.changes)

    @property
    def removed(self) -> int:
        return sum(change.row.removed for change in self.changes)

    @property
    def cost(self) -> str:
        return format_share(self.total)

    @property
    def turns_cost(self) -> str:
        return format_turns(self.total)

    @property
    def path(self) -> str:
        return one_line(self.first.row.path, MAX_PATH_CHARS)

    @property
    def old_path(self) -> str:
        """The path before a move; empty without one."""
        old_paths = (change.row.old_path for change in self.changes if change.row.old_path)
        return one_line(next(old_paths, ""), MAX_PATH_CHARS)

    @property
    def history_query(self) -> str:
        row = self.first.row
        return urlencode({"path": row.path, "project": row.repo or row.project})

    @property
    def prompt(self) -> str:
        return first_line(self.first.prompt_text, MAX_PROMPT_CHARS)

    @property
    def prompt_seq(self) -> int | None:
        return self.first.row.prompt_seq

    @property
    def session_id(self) -> str:
        return str(self.first.row.session_id)

    @property
    def session_title(self) -> str:
        return (one_line(self.first.session.title, 120) if self.first.session else "") or NO_TITLE

    @property
    def session_label(self) -> str:
        """The title of the session, unless it only repeats the prompt."""
        is_repeated = bool(self.prompt) and self.prompt.startswith(self.session_title.rstrip("…"))
        return "" if is_repeated else self.session_title


@dataclass(frozen=True, slots=True)
class CommitView:
    source: CommitHistory

    @property
    def made(self) -> GitActView:
        return GitActView(self.source.made)

    @property
    def hash(self) -> str:
        return self.source.hash

    @property
    def title(self) -> str:
        return one_line(self.source.subject, 200) or f"Commit {self.source.hash[:10]}"

    @property
    def acts(self) -> list[TracedActView]:
        return [build_act(act) for act in self.source.acts]

    @property
    def requests(self) -> list[GitActView]:
        return [GitActView(request) for request in self.source.requests]

    @property
    def files(self) -> list[ChangeGroup]:
        groups = _group(self.source.changes, [change.row.path for change in self.source.changes])
        return sorted(groups, key=lambda group: group.path)

    @property
    def prompts(self) -> list[ChangeGroup]:
        """The turns behind the commit, in order."""
        keys = [(change.row.session_id, change.row.prompt_seq) for change in self.source.changes]
        return _group(self.source.changes, keys)

    @property
    def cost(self) -> str:
        return format_share(self.source.cost)

    @property
    def turns_cost(self) -> str:
        return format_turns(self.source.cost)


def _group(changes: Sequence[TracedChange], keys: Sequence[Hashable]) -> list[ChangeGroup]:
    groups: dict[Hashable, list[TracedChange]] = defaultdict(list)
    for key, change in zip(keys, changes, strict=True):
        groups[key].append(change)
    return [ChangeGroup(group) for group in groups.values()]
