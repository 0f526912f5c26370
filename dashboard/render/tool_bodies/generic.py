"""Subagents, tools of others, and tools that nobody here knows."""

import json
from collections.abc import Mapping

from dashboard.render import json_view, render_parts
from dashboard.render.render_parts import Part, markdown
from dashboard.render.timeline_steps import Use
from events.wire.json_values import flag, items, number, text

MOST = 50  # values told by name


def agent(use: Use, limit: int) -> list[Part]:
    tokens, uses = (number(use.response, name) for name in ("totalTokens", "totalToolUseCount"))
    said = [text(part, "text") for part in items(use.response, "content")]
    facts = [
        ("Kind", text(use.given, "subagent_type") or text(use.response, "agentType")),
        ("Model", text(use.response, "resolvedModel")),
        ("Tokens", f"{tokens:,.0f}" if tokens is not None else ""),
        ("Tool uses", f"{uses:,.0f}" if uses is not None else ""),
        ("In the background", "yes" if flag(use.response, "isAsync") else ""),
    ]
    return [
        *render_parts.facts(facts),
        *render_parts.lines(text(use.given, "prompt"), limit, label="Asked"),
        *markdown("\n\n".join(said), "Answered"),
    ]


def other(use: Use, limit: int) -> list[Part]:
    """A tool of another program, or one that came after us: its input and its result, by name."""
    result = render_parts.lines(plain(use.response), limit, label="Result") or named(use.response, "Result")
    return named(use.given) + result


def named(value: object, label: str = "") -> list[Part]:
    """Each value by its name; what is nested as JSON."""
    if isinstance(value, Mapping):
        return render_parts.facts((str(name)[:80], _as_text(inner)) for name, inner in list(value.items())[:MOST])
    return [] if value is None else render_parts.facts([(label, _as_text(value))])


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    # Laid out by ourselves: the library's own way nests as deep as the value does.
    lines = json_view.lay_out(json.dumps(value, ensure_ascii=False)).lines
    return "\n".join(f"{line.indent}{line.key}: {line.rest}" if line.key else line.indent + line.rest for line in lines)


def plain(response: object) -> str:
    """The result as text, where it is nothing more."""
    if isinstance(response, str):
        return response
    listed = response if isinstance(response, list) else items(response, "content") or items(response, "contents")
    return "\n".join(filter(None, (text(part, "text") for part in listed)))
