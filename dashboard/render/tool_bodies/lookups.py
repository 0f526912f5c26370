"""Renders searches in files and on the web, and their results."""

from itertools import chain

from dashboard.render import render_parts
from dashboard.render.render_parts import RenderPart, make_markdown
from dashboard.render.timeline_steps import ToolCall
from dashboard.render.tool_bodies.generic import extract_text
from dashboard.render.tool_labels import relative_path
from events.wire.json_values import get_list, get_number, get_text


def render_search(call: ToolCall, limit: int) -> list[RenderPart]:
    names = ("pattern", "path", "glob", "type", "output_mode")
    facts = [(name.replace("_", " ").capitalize(), get_text(call.tool_input, name)) for name in names]
    files = [
        relative_path(name, call.folders) for name in get_list(call.response, "filenames") if isinstance(name, str)
    ]
    content = get_text(call.response, "content") or "\n".join(files)
    return render_parts.make_facts(facts) + render_parts.make_lines(
        content or extract_text(call.response), limit, tone="terminal", label="Matches"
    )


def render_fetch(call: ToolCall, limit: int) -> list[RenderPart]:
    status = get_number(call.response, "code")
    facts = [("Address", get_text(call.tool_input, "url")), ("Asked", get_text(call.tool_input, "prompt"))]
    status_facts = [("Status", f"{status:.0f} {get_text(call.response, 'codeText')}" if status is not None else "")]
    return render_parts.make_facts(facts + status_facts) + make_markdown(
        get_text(call.response, "result") or extract_text(call.response), "Answer"
    )


def render_web_search(call: ToolCall, limit: int) -> list[RenderPart]:
    results = (get_list(result, "content") for result in get_list(call.response, "results"))
    hits = [f"{get_text(hit, 'title')}\n  {get_text(hit, 'url')}" for hit in chain.from_iterable(results)]
    answers = [result for result in get_list(call.response, "results") if isinstance(result, str)]
    return [
        *render_parts.make_facts([("Searched for", get_text(call.tool_input, "query"))]),
        *render_parts.make_lines("\n".join(hits), limit, label="Results"),
        *make_markdown("\n\n".join(answers) or extract_text(call.response), "Answer"),
    ]
