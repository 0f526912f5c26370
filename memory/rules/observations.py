"""Extracts the observation of an event, if it has one. Pure. `memory.rules.tool_actions` has the rule of each tool."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from events.wire.hook_event import HookEvent, storable_text, summary_line
from events.wire.json_values import get_flag, get_mapping, get_text
from memory.rules import shell_commands, tool_actions
from memory.rules.failure_tracker import FailureTracker, Fix
from memory.rules.tool_actions import ToolAction, ToolCall
from memory.rules.tool_catalog import get_tool
from memory.values.text_analyzer import strip_terminal_codes

MAX_TITLE_CHARS = 200
CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Observation:
    """The columns of `memory.models.Observation` without its owner, and the text for search.

    `seq` is the number of the event that ended the act, `start_seq` of the event that started it, `fixes_seq` of the
    failure that it fixed. `trust` is the source of the text: `assistant`, `tool` or `web`. `files_…` have one path per
    line.
    """

    seq: int
    session_id: str
    at_us: int
    type: str
    tool: str
    title: str
    outcome: str
    failed: bool
    agent: str
    trust: str
    files_read: str
    files_modified: str
    text: str
    tokens: int
    start_seq: int | None = None
    fixes_seq: int | None = None
    project: str = ""
    repo: str = ""

    @property
    def stored_text(self) -> str:
        """The text, if the event alone does not contain it; else empty, and `extract_observation_text` extracts the
        text from the event in the log.
        """
        return "" if self.fixes_seq is None else self.text


def extract_observation(
    hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]
) -> Observation | None:
    """Extracts the act that this event ends, and updates `failure_tracker`; None if there is no notable act."""
    handler = ON_HOOK.get(hook_event.hook)
    action = handler(hook_event, failure_tracker, folders) if handler else None
    if action is None:
        return None
    text_ = storable_text(strip_terminal_codes(action.body), tool_actions.MAX_BODY_CHARS + 100)
    return Observation(
        seq=hook_event.seq,
        session_id=hook_event.session_id,
        at_us=hook_event.at_us,
        type=action.type,
        tool=summary_line(hook_event.tool_name, 100),
        title=summary_line(action.title, MAX_TITLE_CHARS),
        outcome=summary_line(strip_terminal_codes(action.outcome), MAX_TITLE_CHARS),
        failed=action.type == "failure",
        agent=summary_line(get_text(hook_event.data, "agent_type"), 100),
        trust=action.trust,
        files_read=storable_text("\n".join(action.files_read), tool_actions.MAX_BODY_CHARS),
        files_modified=storable_text("\n".join(action.files_modified), tool_actions.MAX_BODY_CHARS),
        text=text_,
        tokens=estimate_tokens(action.title, action.outcome, text_),
        fixes_seq=action.fixes_seq if isinstance(action, FixAction) else None,
    )


def extract_observation_text(hook_event: HookEvent, folder: str) -> str:
    """Extracts the text of an observation without a stored text; paths are relative to `folder`."""
    observation = extract_observation(hook_event, FailureTracker(), (folder,))
    return observation.text if observation else ""


def estimate_tokens(*texts: str) -> int:
    """Estimates the number of tokens of the texts together."""
    return sum(map(len, texts)) // CHARS_PER_TOKEN + 1


@dataclass(frozen=True, slots=True)
class FixAction(ToolAction):
    fixes_seq: int | None = None


def _parse_tool_call(hook_event: HookEvent, folders: tuple[str, ...]) -> ToolCall:
    data = hook_event.data
    return ToolCall(
        hook_event.tool_name,
        get_mapping(data, "tool_input"),
        data.get("tool_response"),
        (*folders, get_text(data, "cwd")),
    )


def _normalize_tool_command(tool_call: ToolCall) -> str:
    return summary_line(
        shell_commands.normalize_command(get_text(tool_call.tool_input, "command")), shell_commands.MAX_COMMAND_CHARS
    )


def _strip_verb(title: str) -> str:
    """Removes the leading verb of a title."""
    return title.removeprefix("Ran ").removeprefix("Used ")


def _on_tool_success(
    hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]
) -> ToolAction | None:
    tool_call = _parse_tool_call(hook_event, folders)
    action = tool_actions.build_action(tool_call)
    if action is None:
        return None
    for path in action.files_modified:
        failure_tracker.record_edit(path)
    fix = _record_success(tool_call, failure_tracker)
    if fix is None or get_flag(tool_call.response, "interrupted"):
        return action
    suffix = f" after editing {', '.join(fix.files)}" if fix.files else ""
    title = f"{_strip_verb(action.title)} passes again{suffix}"
    body = f"Earlier failure: {fix.reason}\n{action.body}"
    return FixAction(
        "fix", title, action.outcome, files_modified=fix.files, body=body, trust=action.trust, fixes_seq=fix.failure_seq
    )


def _record_success(tool_call: ToolCall, failure_tracker: FailureTracker) -> Fix | None:
    is_shell = get_tool(tool_call.tool).is_shell
    return failure_tracker.record_success(_normalize_tool_command(tool_call)) if is_shell else None


def _on_tool_failure(
    hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]
) -> ToolAction | None:
    tool_call, error = _parse_tool_call(hook_event, folders), get_text(hook_event.data, "error")
    action = tool_actions.build_action(tool_call)
    if action is None:
        return None
    if get_flag(hook_event.data, "is_interrupt"):
        return replace(action, outcome="interrupted", files_modified=())
    reason = shell_commands.extract_failure_reason(error)
    if get_tool(tool_call.tool).is_shell:
        failure_tracker.record_failure(
            _normalize_tool_command(tool_call), hook_event.seq, summary_line(reason, MAX_TITLE_CHARS)
        )
    title = _strip_verb(action.title)
    body = f"{action.body}\n{error[: tool_actions.MAX_BODY_CHARS]}"
    return ToolAction("failure", f"{title} failed", reason, action.files_read, (), body, action.trust)


def _on_task_completed(hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]) -> ToolAction:
    subject, description = get_text(hook_event.data, "task_subject"), get_text(hook_event.data, "task_description")
    return ToolAction(
        "task",
        f"Task done: {summary_line(subject, tool_actions.MAX_TITLE_CHARS)}",
        body=f"{subject}\n{description}"[: tool_actions.MAX_BODY_CHARS],
    )


def _on_subagent_report(hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]) -> ToolAction:
    message = get_text(hook_event.data, "last_assistant_message")
    agent = summary_line(get_text(hook_event.data, "agent_type"), 40)
    return ToolAction(
        "task",
        f"{agent}: {summary_line(message, tool_actions.MAX_TITLE_CHARS)}",
        "in background",
        body=message[: tool_actions.MAX_BODY_CHARS],
        trust="assistant",
    )


def _on_permission_denied(
    hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]
) -> ToolAction | None:
    action = tool_actions.build_action(_parse_tool_call(hook_event, folders))
    title = _strip_verb(action.title) if action else hook_event.tool_name
    reason = summary_line(get_text(hook_event.data, "reason"), tool_actions.MAX_TITLE_CHARS)
    return ToolAction("decision", f"Not allowed: {title}", reason, body=action.body if action else "")


def _on_turn_failure(hook_event: HookEvent, failure_tracker: FailureTracker, folders: tuple[str, ...]) -> ToolAction:
    message = get_text(hook_event.data, "last_assistant_message")
    return ToolAction(
        "failure",
        "The turn failed",
        summary_line(message or get_text(hook_event.data, "error"), tool_actions.MAX_TITLE_CHARS),
        body=message[: tool_actions.MAX_BODY_CHARS],
    )


ON_HOOK: dict[str, Callable[[HookEvent, FailureTracker, tuple[str, ...]], ToolAction | None]] = {
    "post_tool_use": _on_tool_success,
    "post_tool_failure": _on_tool_failure,
    "permission_denied": _on_permission_denied,
    "task_completed": _on_task_completed,
    # Only for subagents in the background: see `memory.rules.session_projection`.
    "subagent_stop": _on_subagent_report,
    "stop_failure": _on_turn_failure,
}
