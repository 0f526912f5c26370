"""Renders subagents, tools of MCP servers, and unknown tools."""

import json
from collections.abc import Mapping

from dashboard.render import json_view, render_parts
from dashboard.render.render_parts import RenderPart, make_markdown
from dashboard.render.timeline_steps import ToolCall
from events.wire.json_values import get_flag, get_list, get_number, get_text

MAX_NAMED_VALUES = 50  # values that are listed by name


def render_agent(call: ToolCall, limit: int) -> list[RenderPart]:
    tokens, call_count = (get_number(call.response, name) for name in ("totalTokens", "totalToolUseCount"))
    answers = [get_text(part, "text") for part in get_list(call.response, "content")]
    facts = [
        ("Kind", get_text(call.tool_input, "subagent_type") or get_text(call.response, "agentType")),
        ("Model", get_text(call.response, "resolvedModel")),
        ("Tokens", f"{tokens:,.0f}" if tokens is not None else ""),
        ("Tool uses", f"{call_count:,.0f}" if call_count is not None else ""),
        ("In the background", "yes" if get_flag(call.response, "isAsync") else ""),
    ]
    return [
        *render_parts.make_facts(facts),
        *render_parts.make_lines(get_text(call.tool_input, "prompt"), limit, label="Asked"),
        *make_markdown("\n\n".join(answers), "Response"),
    ]


def render_unknown_tool(call: ToolCall, limit: int) -> list[RenderPart]:
    """Renders input and result of an MCP tool or of an unknown tool, by name."""
    result = render_parts.make_lines(extract_text(call.response), limit, label="Result") or render_named_values(
        call.response, "Result"
    )
    return render_named_values(call.tool_input) + result


def render_named_values(value: object, label: str = "") -> list[RenderPart]:
    """Lists each value by its name; nested values as JSON."""
    if isinstance(value, Mapping):
        return render_parts.make_facts(
            (str(name)[:80], _format_value(inner)) for name, inner in list(value.items())[:MAX_NAMED_VALUES]
        )
    return [] if value is None else render_parts.make_facts([(label, _format_value(value))])


def _format_value(value: object) -> str:
    if isinstance(value, str):
        return value
    # Formatted here: the library recurses as deep as the value is nested.
    lines = json_view.format_json(json.dumps(value, ensure_ascii=False)).lines
    return "\n".join(
        f"{line.indent}{line.key}: {line.value}" if line.key else line.indent + line.value for line in lines
    )


def extract_text(response: object) -> str:
    """Returns the result as text if it is nothing else."""
    if isinstance(response, str):
        return response
    content = (
        response if isinstance(response, list) else get_list(response, "content") or get_list(response, "contents")
    )
    return "\n".join(filter(None, (get_text(part, "text") for part in content)))
