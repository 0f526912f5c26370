"""Commands, as a terminal shows them."""

import re

from dashboard import parts
from dashboard.blocks import Use
from dashboard.parts import Part
from memory.loose import flag, text

_EXIT = re.compile(r"Exit code (\d{1,6})\b\n?")


def command(use: Use, limit: int) -> list[Part]:
    # A failure tells of its output in `error`, behind the exit code.
    code = _EXIT.match(use.error)
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
        *parts.lines(text(use.given, "command"), limit, tone="command", lexer="bash"),
        *parts.lines("" if flag(use.response, "isImage") else said, limit, tone="terminal", label="Output"),
        *parts.lines(text(use.response, "stderr"), limit, tone="wrong", label="Error output"),
        *parts.lines(failed, limit, tone="wrong", label="Output"),
        *parts.facts(facts),
    ]
