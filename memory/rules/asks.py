"""Reads what a waiting session asks for: the call that needs permission, or a question with its choices. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_list, get_mapping, get_text
from memory.rules.call_targets import describe_target, list_questions, squeeze_text
from memory.rules.tool_calls import ToolCallTracker, parse_tool_name
from memory.rules.tool_catalog import get_tool
from memory.values import session_states

MAX_CHOICES, MAX_CHOICE_CHARS = 6, 60
ASKING_REASONS = (session_states.NEEDS_PERMISSION, session_states.NEEDS_INPUT)


class Ask(NamedTuple):
    """What a session waits for: a tool, its target or a question, and the choices, one on a line."""

    tool: str = ""
    text: str = ""
    choices: str = ""


NO_ASK = Ask()


def read_ask(hook_event: HookEvent, reason: str, calls: ToolCallTracker, current: Ask) -> Ask:
    """Returns what a session waits for after an event. `reason` is why it waits, `current` what it asked before."""
    if reason not in ASKING_REASONS:
        return NO_ASK
    reader = _READERS.get((hook_event.hook, reason)) or _READERS.get((hook_event.hook, ""))
    return reader(hook_event, calls, current) if reader else current


def _read_tool(hook_event: HookEvent, calls: ToolCallTracker, current: Ask) -> Ask:
    tool_input = get_mapping(hook_event.data, "tool_input")
    questions = list_questions(tool_input)[:1]
    options = [option for question in questions for option in get_list(question, "options")]
    labels = (summary_line(get_text(option, "label"), MAX_CHOICE_CHARS) for option in options[:MAX_CHOICES])
    return Ask(
        parse_tool_name(hook_event),
        describe_target(hook_event.tool_name, tool_input),
        "\n".join(filter(None, labels)),
    )


def _read_started_tool(hook_event: HookEvent, calls: ToolCallTracker, current: Ask) -> Ask:
    # A subagent may start a call while the session itself waits.
    waits = get_tool(hook_event.tool_name).waits_for and not hook_event.agent_id
    return _read_tool(hook_event, calls, current) if waits else current


def _read_permission_notice(hook_event: HookEvent, calls: ToolCallTracker, current: Ask) -> Ask:
    """Finds the call that a notice means: the latest open call of the tool that it names, else the latest of all."""
    if current.text:
        return current
    words = get_text(hook_event.data, "message").split()
    open_calls = calls.list_open_calls()
    named = [call for call in open_calls if call[0] in words] or open_calls
    return Ask(*named[-1]) if named else current


def _read_remaining_call(hook_event: HookEvent, calls: ToolCallTracker, current: Ask) -> Ask:
    """After the end of a call, another one needs the permission."""
    open_calls = calls.list_open_calls()
    return current if current[:2] in open_calls or not open_calls else Ask(*open_calls[-1])


def _read_message(hook_event: HookEvent, calls: ToolCallTracker, current: Ask) -> Ask:
    is_idle = get_text(hook_event.data, "notification_type") == "idle_prompt"
    return current if current.text or is_idle else Ask("", squeeze_text(get_text(hook_event.data, "message")))


def _read_elicitation(hook_event: HookEvent, calls: ToolCallTracker, current: Ask) -> Ask:
    server = summary_line(get_text(hook_event.data, "mcp_server_name"), MAX_CHOICE_CHARS)
    return Ask(server, squeeze_text(get_text(hook_event.data, "message")))


AskReader = Callable[[HookEvent, ToolCallTracker, Ask], Ask]
_PERMISSION, _INPUT = ASKING_REASONS
# By hook and reason; a reason that is empty stands for both.
_READERS: dict[tuple[str, str], AskReader] = {
    ("pre_tool_use", ""): _read_started_tool,
    ("permission_request", ""): _read_tool,
    ("notification", _PERMISSION): _read_permission_notice,
    ("notification", _INPUT): _read_message,
    ("elicitation", ""): _read_elicitation,
    ("post_tool_use", _PERMISSION): _read_remaining_call,
    ("post_tool_failure", _PERMISSION): _read_remaining_call,
    # A question of the run before is gone.
    ("session_start", ""): lambda hook_event, calls, current: NO_ASK,
}
