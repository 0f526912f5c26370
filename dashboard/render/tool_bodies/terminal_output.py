"""Commands, as a terminal shows them."""

from dashboard.render import render_parts
from dashboard.render.render_parts import Part
from dashboard.render.timeline_steps import Use
from events.wire import patterns
from events.wire.json_values import flag, text


def command(use: Use, limit: int) -> list[Part]:
    # A failure tells of its output in `error`, behind the exit code.
    code = patterns.EXIT_CODE.match(use.error)
    failed = use.error[code.end() :] if code else use.error
    said = use.response if isinstance(use.response, str) else text(use.response, "stdout")
    facts = [
        ("Exit code", code[1] if code else ""),
        ("Interrupted", "yes" if flag(use.response, "interrupted") else ""),
        ("Runs on in the background as", text(use.response, "backgroundTaskId")),
        ("All of the output", text(use.response, "persistedOutputPath")),
        ("Output", "an image" if flag(use.response, "isImage") else ""),
    ]
    return [
        *render_parts.lines(text(use.given, "command"), limit, tone="command", lexer="bash"),
        *render_parts.lines("" if flag(use.response, "isImage") else said, limit, tone="terminal", label="Output"),
        *render_parts.lines(text(use.response, "stderr"), limit, tone="wrong", label="Error output"),
        *render_parts.lines(failed, limit, tone="wrong", label="Output"),
        *render_parts.facts(facts),
    ]
