"""Builds the row of an event in the feed. Pure.

Nothing in the hook JSON of the host is trusted to be there, nor to be of its type.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from dashboard.render import tool_labels
from dashboard.render.feed_row import KINDS_BY_HOOK, OTHER, PROMPT, FeedRow
from dashboard.render.model_labels import format_model_name
from dashboard.render.safe_text import first_line, one_line, strip_marks
from dashboard.render.short_labels import format_duration
from dashboard.render.shown_names import project_hue, project_label
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_flag, get_list, get_mapping, get_number, get_text
from memory.rules.tool_catalog import get_tool
from memory.values.host_markup import extract_tag_content, is_task_notification, without_host_text

MAX_ROW_CHARS = tool_labels.MAX_LABEL_CHARS


class RowText(NamedTuple):
    """The text of a row. `tone` is one of: plain, open, good, bad, wait, user-text, edge."""

    icon: str
    verb: str
    target: str = ""
    outcome: str = ""
    tone: str = "plain"


def make_row(event: HookEvent) -> FeedRow:
    """Makes the row of an event. Never raises."""
    row_text, data, location = _make_row_text(event), event.data, event.location
    project = (location.repo, location.root or location.project)
    return FeedRow(
        icon=row_text.icon,
        verb=one_line(row_text.verb, 80),
        target=one_line(row_text.target, MAX_ROW_CHARS),
        outcome=one_line(row_text.outcome, 100),
        tone=row_text.tone,
        project=one_line(project_label(*project), 60),
        session=one_line(get_text(data, "session_id")[:8], 8),
        agent=one_line(get_text(data, "agent_type") if "agent_type" in data else event.agent_id[:8], 40),
        merge_key=_make_merge_key(event),
        kind=PROMPT if event.kind == "Prompt" else KINDS_BY_HOOK.get(event.hook, OTHER),
        run_key=_make_run_key(event, row_text),
        hue=project_hue(*project),
    )


def _make_row_text(event: HookEvent) -> RowText:
    if event.kind != "HookEvent":
        kind_formatter = KINDS.get(event.kind)
        return kind_formatter(event) if kind_formatter else _format_unknown(event, event.kind or "Event")
    hook_formatter = HOOKS.get(event.hook)
    return hook_formatter(event) if hook_formatter else _format_unknown(event, _humanize_name(event.hook) or "Hook")


def _format_unknown(event: HookEvent, verb: str) -> RowText:
    texts = (first_line(value, MAX_ROW_CHARS) for value in event.data.values() if isinstance(value, str) and value)
    return RowText("dot", verb, next(texts, ""))


def _make_merge_key(event: HookEvent) -> str:
    return _hash_key(event, event.tool_use_id) if event.tool_use_id else ""


def _make_run_key(event: HookEvent, row_text: RowText) -> str:
    """The calls of one tool are alike; if the content of a call matters, only those with the same target."""
    if row_text.tone != "good":
        return ""
    target = row_text.target if get_tool(event.tool_name).opens_by_default else ""
    return _hash_key(event, f"{event.agent_id}\0{row_text.verb}\0{target}")


def _hash_key(event: HookEvent, text: str) -> str:
    key = f"{get_text(event.data, 'session_id')}\0{text}"
    # The hash makes a hostile id harmless in an attribute.
    return blake2b(key.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _humanize_name(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _event_duration(event: HookEvent) -> str:
    return format_duration(get_number(event.data, "duration_ms"))


def _join_parts(*parts: str) -> str:
    return " · ".join(filter(None, parts))


# --- Tools ----------------------------------------------------------------------------------------------


def _format_tool_call(event: HookEvent, outcome: str, tone: str) -> RowText:
    return RowText(
        *tool_labels.label_tool_call(event.tool_name, get_mapping(event.data, "tool_input"), event.folders),
        outcome,
        tone,
    )


def _format_tool_started(event: HookEvent) -> RowText:
    return _format_tool_call(event, "…", "open")


def _format_tool_done(event: HookEvent) -> RowText:
    result = tool_labels.format_outcome(event.tool_name, event.data.get("tool_response"))
    return _format_tool_call(event, f"✓ {_join_parts(result, _event_duration(event))}", "good")


def _format_tool_failed(event: HookEvent) -> RowText:
    error = get_text(event.data, "error")
    reason = "interrupted" if get_flag(event.data, "is_interrupt") else tool_labels.format_failure(error)
    return _format_tool_call(event, f"✗ {_join_parts(reason, _event_duration(event))}", "bad")


def _format_tool_denied(event: HookEvent) -> RowText:
    return _format_tool_call(event, f"✗ {_join_parts('denied', first_line(get_text(event.data, 'reason'), 60))}", "bad")


def _format_permission_request(event: HookEvent) -> RowText:
    return _format_tool_call(event, "needs permission", "wait")


# --- Prompts, notifications, subagents -------------------------------------------------------------------


def _format_prompt(event: HookEvent) -> RowText:
    prompt = get_text(event.data, "prompt") or get_text(event.data, "text")
    # The client reports a finished background task as if the user had typed it.
    if not is_task_notification(prompt):
        words = without_host_text(prompt) or prompt
        return RowText("prompt", "Prompt", first_line(words, MAX_ROW_CHARS), tone="user-text")
    return RowText("agent", "Background task", *(_tag_text(tag, prompt) for tag in ("summary", "status")))


def _tag_text(tag: str, prompt: str) -> str:
    return first_line(extract_tag_content(prompt, tag) or "", MAX_ROW_CHARS)


NOTIFICATION_LABELS = {
    "permission_prompt": ("Needs permission", "wait"),
    "idle_prompt": ("Waits for you", "wait"),
    "elicitation_dialog": ("Needs an answer", "wait"),
    "elicitation_url_dialog": ("Needs an answer", "wait"),
    "agent_needs_input": ("Needs input", "wait"),
    "agent_completed": ("Agent done", "plain"),
}


def _format_notification(event: HookEvent) -> RowText:
    type_ = get_text(event.data, "notification_type")
    # The verb names the type if the type is known.
    verb, tone, is_known = (
        (*NOTIFICATION_LABELS[type_], True) if type_ in NOTIFICATION_LABELS else ("Notice", "plain", False)
    )
    return RowText(
        "bell",
        verb,
        first_line(get_text(event.data, "message"), MAX_ROW_CHARS),
        "" if is_known else _humanize_name(type_).lower(),
        tone,
    )


def _format_subagent_done(event: HookEvent) -> RowText:
    # Compaction runs as a subagent without a type; the client reports only its end.
    if not get_text(event.data, "agent_type"):
        return RowText("compact", "Summary written", "", "for compaction")
    return RowText("agent", "Subagent done", first_line(get_text(event.data, "last_assistant_message"), MAX_ROW_CHARS))


def _format_batch(event: HookEvent) -> RowText:
    calls = event.data.get("tool_calls")
    count = len(calls) if isinstance(calls, list) else 0
    return RowText("tool", "Batch", f"{count} tool use{'' if count == 1 else 's'}", "done")


def _make_formatter(icon: str, verb: str, target: str = "", outcome: str = "", tone: str = "plain") -> "RowFormatter":
    """Makes the formatter of a hook whose row is a fixed verb and the first lines of two of its fields."""

    def format_event(event: HookEvent) -> RowText:
        subject = tool_labels.relative_path(get_text(event.data, target), event.folders)
        result = get_text(event.data, outcome).replace("_", " ")
        return RowText(icon, verb, strip_marks(first_line(subject, MAX_ROW_CHARS)), first_line(result, 80), tone)

    return format_event


def _format_session_start(event: HookEvent) -> RowText:
    model = format_model_name(get_text(event.data, "model"))
    return RowText("start", "Session started", model, first_line(get_text(event.data, "source"), 80), "edge")


def _format_usage(event: HookEvent) -> RowText:
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    tokens = sum(get_number(event.data, name) or 0 for name in names)
    return RowText("model", "Usage", first_line(get_text(event.data, "model"), 80), f"{tokens:,.0f} tokens")


def _format_title(event: HookEvent) -> RowText:
    verb = "Named" if get_text(event.data, "by") == "person" else "Titled"
    return RowText("prompt", verb, first_line(get_text(event.data, "title"), MAX_ROW_CHARS))


def _format_injected_context(event: HookEvent) -> RowText:
    count, tokens = len(get_list(event.data, "items")), get_number(event.data, "tokens")
    subject = f"{count} item{'' if count == 1 else 's'} of memory"
    return RowText("memory", "Context given", subject, f"{tokens:,.0f} tokens" if tokens is not None else "")


def _format_dropped_events(event: HookEvent) -> RowText:
    count = get_number(event.data, "dropped") or 0
    lost = f"{count:,.0f} event{'' if count == 1 else 's'} lost on the way"
    return RowText("bell", "Spool full", lost, first_line(get_text(event.data, "reason"), 80), "bad")


RowFormatter = Callable[[HookEvent], RowText]
# Kinds that are no hooks: a prompt of another tool, and reports of the client about itself.
KINDS: dict[str, RowFormatter] = {
    "Prompt": _format_prompt,
    "Usage": _format_usage,
    "SessionTitle": _format_title,
    "PullRequest": _make_formatter("web", "Pull request", "url"),
    "ContextInjected": _format_injected_context,
    "Interrupted": _make_formatter("break", "Interrupted", tone="wait"),
    "SpoolDropped": _format_dropped_events,
}
# The twelve hooks that are installed, then the other hooks of the host tool.
HOOKS: dict[str, RowFormatter] = {
    "session_start": _format_session_start,
    "session_end": _make_formatter("end", "Session ended", "", "reason", "edge"),
    "prompt_submit": _format_prompt,
    "pre_tool_use": _format_tool_started,
    "post_tool_use": _format_tool_done,
    "post_tool_failure": _format_tool_failed,
    "pre_compact": _make_formatter("compact", "Compacting", "custom_instructions", "trigger"),
    "subagent_start": _make_formatter("agent", "Subagent started"),
    "subagent_stop": _format_subagent_done,
    "notification": _format_notification,
    "task_completed": _make_formatter("task", "Task done", "task_subject"),
    "stop": _make_formatter("stop", "Turn done", "last_assistant_message"),
    "stop_failure": _make_formatter("break", "Turn failed", "last_assistant_message", "error", "bad"),
    "permission_request": _format_permission_request,
    "permission_denied": _format_tool_denied,
    "post_tool_batch": _format_batch,
    "post_compact": _make_formatter("compact", "Compacted", "", "trigger"),
    "pre_model_switch": _make_formatter("model", "Switching model", "to_model", "source"),
    "post_model_switch": _make_formatter("model", "Model switched", "to_model", "source"),
    "task_created": _make_formatter("task", "Task added", "task_subject"),
    "teammate_idle": _make_formatter("agent", "Teammate idle", "teammate_name"),
    "message_display": _make_formatter("prompt", "Claude", "delta"),
    "user_prompt_expansion": _make_formatter("prompt", "Command", "prompt", "command_source"),
    "config_change": _make_formatter("settings", "Settings changed", "file_path", "source"),
    "instructions_loaded": _make_formatter("read", "Instructions loaded", "file_path", "load_reason"),
    "cwd_changed": _make_formatter("folder", "Moved to", "new_cwd"),
    "file_changed": _make_formatter("edit", "File changed", "file_path", "event"),
    "directory_added": _make_formatter("folder", "Folder added", "directory", "source"),
    "worktree_create": _make_formatter("folder", "Worktree added", "name"),
    "worktree_remove": _make_formatter("folder", "Worktree removed", "worktree_path"),
    "elicitation": _make_formatter("ask", "Asks", "message", "mcp_server_name", "wait"),
    "elicitation_result": _make_formatter("ask", "Answered", "", "action"),
    "setup": _make_formatter("settings", "Setup", "", "trigger"),
}
