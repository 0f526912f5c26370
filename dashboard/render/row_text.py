"""One captured event as one line of the feed. Pure: from a parsed wire event to a `FeedRow`, whatever came in.

`data` below is the hook JSON of the host tool. Nothing in it is trusted to be there, nor to be of its type.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from dashboard.render import tool_labels
from dashboard.render.safe_text import first_line, one_line
from dashboard.render.short_labels import format_duration, project_hue, project_name
from events.wire.json_values import Data, get_flag, get_list, get_mapping, get_number, get_text
from memory.values.host_markup import extract_tag_content, is_task_notification

MAX_ROW_CHARS = tool_labels.MAX_LABEL_CHARS


class RowText(NamedTuple):
    """What a row says. `tone` is one of: plain, open, good, bad, wait, said, edge."""

    icon: str
    verb: str
    target: str = ""
    outcome: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A line of the feed; every string is one line, bounded, with nothing hidden in it, and not yet escaped.

    Rows with the same `merge_key` tell of one thing, a use of a tool: the later one stands for both, except that one
    still `open` (its result is not known yet) never replaces one that is not. `merge_key` is safe in HTML.
    """

    icon: str
    verb: str
    target: str
    outcome: str
    tone: str
    project: str
    session: str
    agent: str
    ts: str
    merge_key: str = ""

    @property
    def is_open(self) -> bool:
        return self.tone == "open"

    @property
    def hue(self) -> int:
        return project_hue(self.project)


def make_row(event: object) -> FeedRow:
    """The row of a wire event. Never raises."""
    kind = get_mapping(event, "kind")
    data = get_mapping(kind, "data", "data") if get_text(kind, "type") == "HookEvent" else get_mapping(kind, "data")
    folders = get_text(event, "root"), get_text(event, "project"), get_text(data, "cwd")
    row_text = _make_row_text(kind, data, folders)
    return FeedRow(
        icon=row_text.icon,
        verb=one_line(row_text.verb, 80),
        target=one_line(row_text.target, MAX_ROW_CHARS),
        outcome=one_line(row_text.outcome, 100),
        tone=row_text.tone,
        project=one_line(_event_project_name(event), 60),
        session=one_line(get_text(data, "session_id")[:8], 8),
        agent=one_line(get_text(data, "agent_type") if "agent_type" in data else get_text(data, "agent_id")[:8], 40),
        ts=get_text(event, "ts"),
        merge_key=_make_merge_key(data),
    )


def _make_row_text(kind: Data, data: Data, folders: tuple[str, ...]) -> RowText:
    type_ = get_text(kind, "type")
    if type_ != "HookEvent":
        kind_formatter = KINDS.get(type_)
        return kind_formatter(data, folders) if kind_formatter else RowText("dot", type_ or "Event", _first_text(data))
    hook = get_text(kind, "data", "hook")
    hook_formatter = HOOKS.get(hook)
    return (
        hook_formatter(data, folders)
        if hook_formatter
        else RowText("dot", _humanize_name(hook) or "Hook", _first_text(data))
    )


def _event_project_name(event: object) -> str:
    return project_name(get_text(event, "repo"), get_text(event, "root") or get_text(event, "project"))


def _make_merge_key(data: Data) -> str:
    tool_use_id, session_id = get_text(data, "tool_use_id"), get_text(data, "session_id")
    # Hashed, so that a hostile id is harmless in an attribute.
    return (
        blake2b(f"{session_id}\0{tool_use_id}".encode("utf-8", "replace"), digest_size=8).hexdigest()
        if tool_use_id
        else ""
    )


def _humanize_name(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _first_text(data: Data) -> str:
    return next((first_line(value, MAX_ROW_CHARS) for value in data.values() if isinstance(value, str) and value), "")


def _event_duration(data: Data) -> str:
    return format_duration(get_number(data, "duration_ms"))


def _join_parts(*parts: str) -> str:
    return " · ".join(filter(None, parts))


# --- Tools ----------------------------------------------------------------------------------------------


def _format_tool_call(data: Data, folders: tuple[str, ...], outcome: str, tone: str) -> RowText:
    return RowText(
        *tool_labels.label_tool_call(get_text(data, "tool_name"), get_mapping(data, "tool_input"), folders),
        outcome,
        tone,
    )


def _format_tool_started(data: Data, folders: tuple[str, ...]) -> RowText:
    return _format_tool_call(data, folders, "…", "open")


def _format_tool_done(data: Data, folders: tuple[str, ...]) -> RowText:
    result = tool_labels.format_outcome(get_text(data, "tool_name"), data.get("tool_response"))
    return _format_tool_call(data, folders, f"✓ {_join_parts(result, _event_duration(data))}", "good")


def _format_tool_failed(data: Data, folders: tuple[str, ...]) -> RowText:
    reason = "interrupted" if get_flag(data, "is_interrupt") else tool_labels.format_failure(get_text(data, "error"))
    return _format_tool_call(data, folders, f"✗ {_join_parts(reason, _event_duration(data))}", "bad")


def _format_tool_denied(data: Data, folders: tuple[str, ...]) -> RowText:
    return _format_tool_call(
        data, folders, f"✗ {_join_parts('denied', first_line(get_text(data, 'reason'), 60))}", "bad"
    )


def _format_permission_request(data: Data, folders: tuple[str, ...]) -> RowText:
    return _format_tool_call(data, folders, "needs permission", "wait")


# --- Prompts, notifications, subagents -------------------------------------------------------------------


def _format_prompt(data: Data, folders: tuple[str, ...]) -> RowText:
    prompt = get_text(data, "prompt") or get_text(data, "text")
    # The client reports a finished background task as if somebody had typed it.
    if not is_task_notification(prompt):
        return RowText("prompt", "Prompt", first_line(prompt, MAX_ROW_CHARS), tone="said")
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


def _format_notification(data: Data, folders: tuple[str, ...]) -> RowText:
    type_ = get_text(data, "notification_type")
    # The verb says the type where we know it.
    verb, tone, is_known = (
        (*NOTIFICATION_LABELS[type_], True) if type_ in NOTIFICATION_LABELS else ("Notice", "plain", False)
    )
    return RowText(
        "bell",
        verb,
        first_line(get_text(data, "message"), MAX_ROW_CHARS),
        "" if is_known else _humanize_name(type_).lower(),
        tone,
    )


def _format_subagent_done(data: Data, folders: tuple[str, ...]) -> RowText:
    # Compaction runs as a subagent without a type, and only its end is told.
    if not get_text(data, "agent_type"):
        return RowText("compact", "Summary written", "", "for compaction")
    return RowText("agent", "Subagent done", first_line(get_text(data, "last_assistant_message"), MAX_ROW_CHARS))


def _format_batch(data: Data, folders: tuple[str, ...]) -> RowText:
    calls = data.get("tool_calls")
    count = len(calls) if isinstance(calls, list) else 0
    return RowText("tool", "Batch", f"{count} tool use{'' if count == 1 else 's'}", "done")


def _make_formatter(icon: str, verb: str, target: str = "", outcome: str = "", tone: str = "plain") -> "RowFormatter":
    """A hook whose row is a fixed verb and the first lines of two of its fields."""

    def format_event(data: Data, folders: tuple[str, ...]) -> RowText:
        subject = tool_labels.relative_path(get_text(data, target), folders)
        result = get_text(data, outcome).replace("_", " ")
        return RowText(icon, verb, first_line(subject, MAX_ROW_CHARS), first_line(result, 80), tone)

    return format_event


def _format_usage(data: Data, folders: tuple[str, ...]) -> RowText:
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    tokens = sum(get_number(data, name) or 0 for name in names)
    return RowText("model", "Usage", first_line(get_text(data, "model"), 80), f"{tokens:,.0f} tokens")


def _format_injected_context(data: Data, folders: tuple[str, ...]) -> RowText:
    count, tokens = len(get_list(data, "items")), get_number(data, "tokens")
    subject = f"{count} item{'' if count == 1 else 's'} of memory"
    return RowText("memory", "Context given", subject, f"{tokens:,.0f} tokens" if tokens is not None else "")


def _format_dropped_events(data: Data, folders: tuple[str, ...]) -> RowText:
    count = get_number(data, "dropped") or 0
    lost = f"{count:,.0f} event{'' if count == 1 else 's'} lost on the way"
    return RowText("bell", "Spool full", lost, first_line(get_text(data, "reason"), 80), "bad")


RowFormatter = Callable[[Data, tuple[str, ...]], RowText]
# Kinds that are no hooks: a prompt of another tool, and what the client tells of itself.
KINDS: dict[str, RowFormatter] = {
    "Prompt": _format_prompt,
    "Usage": _format_usage,
    "ContextInjected": _format_injected_context,
    "SpoolDropped": _format_dropped_events,
}
# The twelve that are installed, then what else the host tool knows.
HOOKS: dict[str, RowFormatter] = {
    "session_start": _make_formatter("start", "Session started", "model", "source", "edge"),
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
    "stop_failure": _make_formatter("stop", "Turn failed", "last_assistant_message", "error", "bad"),
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
