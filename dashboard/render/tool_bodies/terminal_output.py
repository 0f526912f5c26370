"""Renders commands as a terminal shows them."""

from dashboard.render import render_parts
from dashboard.render.render_parts import RenderPart
from dashboard.render.timeline_steps import ToolCall
from events.wire import patterns
from events.wire.json_values import get_flag, get_text

MAX_ROW_CHARS = 100  # of a command that the row of its call shows whole; an opened row wraps


def render_command(call: ToolCall, limit: int) -> list[RenderPart]:
    # A failed call has its output in `error`, after the exit code.
    exit_code = patterns.EXIT_CODE.match(call.error)
    error_output = call.error[exit_code.end() :] if exit_code else call.error
    output = call.response if isinstance(call.response, str) else get_text(call.response, "stdout")
    facts = [
        ("Exit code", exit_code[1] if exit_code else ""),
        ("Interrupted", "yes" if get_flag(call.response, "interrupted") else ""),
        ("Runs on in the background as", get_text(call.response, "backgroundTaskId")),
        ("All of the output", get_text(call.response, "persistedOutputPath")),
        ("Output", "an image" if get_flag(call.response, "isImage") else ""),
    ]
    command = get_text(call.tool_input, "command")
    outputs = [
        *render_parts.make_lines(
            "" if get_flag(call.response, "isImage") else output, limit, tone="terminal", label="Output"
        ),
        *render_parts.make_lines(get_text(call.response, "stderr"), limit, tone="wrong", label="Error output"),
        *render_parts.make_lines(error_output, limit, tone="wrong", label="Output"),
        *render_parts.make_facts(facts),
    ]
    # The row already shows a short command. Without output it is repeated, because an opened row should not be empty.
    is_in_row = outputs and _fits_row(command)
    return [*render_parts.make_lines("" if is_in_row else command, limit, tone="command", lexer="bash"), *outputs]


def _fits_row(command: str) -> bool:
    """Whether the row of the call shows all of its command."""
    return len(command) <= MAX_ROW_CHARS and "\n" not in command.strip() and "[redacted:" not in command
