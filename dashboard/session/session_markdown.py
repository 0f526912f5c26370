"""Renders a session as Markdown for its export. Pure."""

from collections.abc import Iterable, Iterator

from dashboard.render import tool_labels
from dashboard.render.row_text import make_row
from dashboard.render.safe_text import make_visible, one_line
from dashboard.render.timeline_steps import Agent, Compaction, EventStep, Gap, Step, ToolCall, ToolCallState, Turn
from dashboard.render.tool_bodies import file_changes
from dashboard.session.step_views import format_timedelta
from events.wire import patterns
from events.wire.json_values import get_list, get_text
from memory.rules.tool_catalog import get_tool

MAX_FENCE_CHARS = 20_000  # characters of one code block
CUT_NOTICE = "… truncated; the JSON lines export has the full text"


def render_markdown(turns: Iterable[Turn]) -> str:
    """Renders turns as Markdown; every line ends with a line feed."""
    return "".join(f"{line}\n" for turn in turns for line in _render_turn(turn))


def _render_turn(turn: Turn) -> Iterator[str]:
    if turn.prompt:
        yield f"## {turn.number}. Prompt ({turn.prompt.at:%Y-%m-%d %H:%M:%S} UTC)\n"
        yield _render_fence(turn.prompt_text) + "\n"
    for step in turn.steps:
        yield from _render_step(step, "")


def _render_step(step: Step, indent: str) -> Iterator[str]:
    match step:
        case ToolCall():
            yield from _render_call(step, indent)
        case Agent():
            yield f"{indent}- {render_inline_code(step.type or 'subagent')}"
            yield from _render_agent(step, indent)
        case Compaction():
            yield f"{indent}- *Compacted*" + (f", {step.trigger}" if step.trigger.isalpha() else "")
        case Gap():
            yield f"{indent}- *Idle for {format_timedelta(step.duration)}*"
        case EventStep():
            yield from _render_event(step, indent)


def _render_agent(agent: Agent, indent: str) -> Iterator[str]:
    for step in agent.steps:
        yield from _render_step(step, f"{indent}  ")
    if agent.final_message:
        yield _indent_fence(agent.final_message, f"{indent}  ")


def _render_call(call: ToolCall, indent: str) -> Iterator[str]:
    _, verb, target = tool_labels.label_tool_call(call.name, call.tool_input, call.folders)
    yield f"{indent}- **{escape_markdown(verb)}** {render_inline_code(target)} {STATE_SIGNS[call.state]}".rstrip()
    for body in filter(str.strip, _call_bodies(call)):
        yield _indent_fence(body, f"{indent}  ")
    if call.subagent:
        yield from _render_agent(call.subagent, indent)


def _call_bodies(call: ToolCall) -> list[str]:
    tool, tool_input, response = get_tool(call.name), call.tool_input, call.response
    if tool.is_shell:
        stdout = response if isinstance(response, str) else get_text(response, "stdout")
        return [get_text(tool_input, "command"), stdout, get_text(response, "stderr"), call.error]
    if tool.edits_files:
        # Each line of a difference has at least two characters.
        difference = file_changes.compute_difference(call, MAX_FENCE_CHARS // 2 + 1)
        return ["\n".join(f"{line.sign}{line.text}" for line in difference.lines), call.error]
    if tool.family == "plan":
        return [get_text(tool_input, "plan") or get_text(response, "plan")]
    answer = "\n".join(get_text(part, "text") for part in get_list(response, "content"))
    return [answer if tool.family == "agent" else "", call.error]


def _render_event(step: EventStep, indent: str) -> Iterator[str]:
    if step.message:
        yield f"{indent}**Claude** ({step.at:%H:%M:%S})\n"
        yield _render_fence(step.message) + "\n"
    else:
        feed_row = make_row(step.event)
        target = render_inline_code(feed_row.target) if feed_row.target else ""
        yield f"{indent}- *{escape_markdown(feed_row.verb)}* {target}".rstrip()


STATE_SIGNS = {
    ToolCallState.RUNNING: "…",
    ToolCallState.DONE: "✓",
    ToolCallState.FAILED: "✗",
    ToolCallState.INTERRUPTED: "✗ interrupted",
    ToolCallState.DENIED: "✗ denied",
    ToolCallState.LOST: "(no result)",
}


def _indent_fence(raw: str, indent: str) -> str:
    return "\n".join(indent + line for line in f"\n{_render_fence(raw)}\n".split("\n"))


def _render_fence(raw: str) -> str:
    """Renders a code block whose content cannot end it."""
    content = make_visible(raw[:MAX_FENCE_CHARS]) + (f"\n{CUT_NOTICE}" if len(raw) > MAX_FENCE_CHARS else "")
    ticks = "`" * max(3, 1 + max(map(len, patterns.BACKTICKS.findall(content)), default=0))
    return f"{ticks}\n{content}\n{ticks}"


def render_inline_code(raw: str) -> str:
    line = one_line(raw, 300)
    ticks = "`" * (1 + max(map(len, patterns.BACKTICKS.findall(line)), default=0))
    return f"{ticks} {line} {ticks}" if "`" in line else f"{ticks}{line}{ticks}" if line else ""


def escape_markdown(raw: str) -> str:
    return patterns.MARKDOWN_SPECIAL_CHAR.sub(r"\\\1", one_line(raw, 100))
