"""Formats what is behind a commit for a model. Pure."""

from collections import defaultdict

from memory.context.line_format import format_minute
from memory.context.quoting import format_user_text, quote
from memory.file_history.change_history import TracedChange
from memory.file_history.commit_costs import CommitCost, sum_costs
from memory.file_history.commit_history import CommitHistory, TracedAct
from memory.mcp_server.mcp_text import MAX_TITLE_CHARS, NO_RESULTS

MAX_PROMPT_CHARS, MAX_PROMPTS, MAX_FILES = 400, 30, 50


def format_commit(commit: CommitHistory | None) -> str:
    """Formats the sessions, pull requests, prompts and files of a commit, and what it cost."""
    if commit is None:
        return NO_RESULTS
    prompts, files = dict[int | None, list[TracedChange]](), defaultdict[str, list[TracedChange]](list)
    for change in commit.changes:
        prompts.setdefault(change.row.prompt_seq, []).append(change)
        files[change.row.path].append(change)
    replaced = [f"Amended: {commit.replaced_by} took its place."] if commit.replaced_by else []
    return "\n".join(
        (
            f"Commit {commit.hash} {quote(commit.subject, MAX_TITLE_CHARS)}{_format_cost(commit.cost)}",
            *replaced,
            *(f"Pull request: {quote(request.url, MAX_TITLE_CHARS)}" for request in commit.requests),
            *map(_format_act, commit.acts),
            *map(_format_prompt, list(prompts.values())[:MAX_PROMPTS]),
            *(_format_file(path, changes) for path, changes in list(files.items())[:MAX_FILES]),
        )
    )


def _format_act(act: TracedAct) -> str:
    title = quote(act.session.title if act.session else "", MAX_TITLE_CHARS)
    session = quote(act.row.session_id, MAX_TITLE_CHARS)
    return f"- {act.row.seq} · {format_minute(act.row.at_us)} · {act.row.kind} · session {session} {title}"


def _format_prompt(changes: list[TracedChange]) -> str:
    """Formats a prompt: as the user's words only if a person typed it."""
    prompt = changes[0].prompt
    if prompt and prompt.by_person:
        words = format_user_text(prompt.text, MAX_PROMPT_CHARS)
    else:
        words = quote(changes[0].prompt_text, MAX_PROMPT_CHARS)
    return f"  Prompt: {words or 'unknown'}{_format_cost(_sum(changes))}"


def _format_file(path: str, changes: list[TracedChange]) -> str:
    added, removed = (sum(getattr(one.row, name) for one in changes) for name in ("added", "removed"))
    return f"  File: {quote(path, MAX_TITLE_CHARS)} +{added} -{removed}{_format_cost(_sum(changes))}"


def _sum(changes: list[TracedChange]) -> CommitCost:
    return sum_costs([(change.row, change.turn_cost) for change in changes])


def _format_cost(cost: CommitCost) -> str:
    if not cost.is_known:
        return ""
    return f" · about ${cost.share_microdollars / 1e6:.2f}, at most ${cost.turns_microdollars / 1e6:.2f}"
