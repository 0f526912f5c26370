"""Hostile sessions, which are made to take long, and for each a session of plain words with as many bytes."""

import time
from typing import Any
from uuid import uuid4

from events.wire.timestamps import format_rfc3339

Event = dict[str, Any]


def hook(name: str, session: str, **data: Any) -> Event:
    return {
        "id": str(uuid4()),
        "ts": format_rfc3339(time.time_ns() // 1_000),
        "project": "/home/ada/shop",
        "kind": {"type": "HookEvent", "data": {"hook": name, "data": {"session_id": session, **data}}},
    }


def prompt(session: str, said: str) -> Event:
    return hook("prompt_submit", session, prompt=said)


def use(session: str, number: int, tool: str, given: dict[str, Any], response: object) -> Event:
    named = {"tool_name": tool, "tool_use_id": f"t{number}", "tool_input": given, "tool_response": response}
    return hook("post_tool_use", session, **named)


def bash(session: str, number: int, output: str) -> Event:
    return use(session, number, "Bash", {"command": f"run {number}"}, {"stdout": output, "stderr": ""})


def colors(number: int) -> str:
    """Returns 59 lines in which each escape sequence is a new color."""
    line = range(200)
    return "\n".join(
        "".join(f"\x1b[38;2;{(k := number + 200 * row + at) % 256};{k // 256 % 256};{k // 65536}ma" for at in line)
        for row in range(59)
    )


def _edits(session: str) -> list[Event]:
    edits = [{"old_string": "a\n" * 200, "new_string": "a\nb\n" * 100}] * 100
    return [
        prompt(session, "x"),
        use(session, 1, "MultiEdit", {"file_path": "/home/ada/shop/x.py", "edits": edits}, {}),
    ]


def _painted(session: str) -> list[Event]:
    line = ("\x1b[31ma" * 666)[:4000]
    return [bash(session, at, "\n".join([line] * 19)) for at in range(30)]


def _links(session: str) -> list[Event]:
    line = ("\x1b]8;;" * 800)[:4000]
    return [bash(session, at, "\n".join([line] * 19)) for at in range(30)]


def _written(session: str) -> list[Event]:
    """Returns events with source code for which the regular expressions of a library take minutes."""
    lines = "a" + "\n".join(["\u3000 " * 299] * 18)
    return [
        use(session, at, "Write", {"file_path": f"/home/ada/shop/x.{ending}", "content": lines}, {})
        for at, ending in enumerate(("c", "cpp", "cs", "css", "js", "py", "md", "html"))
    ]


def _markdown(session: str) -> list[Event]:
    texts = ["[" * 20_000, "|a" * 900 + "|\n" + "|-" * 900 + "|\n" + "a\n" * 8_000, "*a_ " * 5_000, "> " * 9_000]
    return [hook("stop", session, last_assistant_message=text) for text in texts * 5]


def _fixes(session: str) -> list[Event]:
    same = "no, never do that again please "
    return [prompt(session, f"{same}{at} " + f"{at} " * 200) for at in range(90)]


# Name of a session → its events.
HOSTILE: dict[str, list[Event]] = {
    "reminders": [prompt("reminders", "<system-reminder>" * 6_000)],
    "a megabyte of reminders": [prompt("a-megabyte", "<system-reminder>" * 55_000)],
    "closed reminders": [prompt("closed", "<system-reminder>a</system-reminder>b" * 24_000)],
    "a report": [prompt("report", "<task-notification>" + "<summary>" * 100_000)],
    "edits": _edits("edits"),
    "colors of a line": _painted("painted"),
    "links": _links("links"),
    "new colors": [bash("new-colors", at, colors(at * 12_000)) for at in range(18)],
    "source code": _written("written"),
    "Markdown": _markdown("markdown"),
    "corrections": _fixes("corrections"),
    "empty lines": [
        bash("lines", 1, "\n" * 400_000),
        use("lines", 2, "Write", {"file_path": "a", "content": "\n" * 400_000}, {}),
    ],
    "nesting": [use("nesting", at, "mcp__a__b", {"a": "x"}, [[[]]] * 80_000) for at in range(4)],
}


def session_of(events: list[Event]) -> str:
    return str(events[0]["kind"]["data"]["data"]["session_id"])


def plain(name: str) -> list[Event]:
    """Returns as many events with about as many bytes, made of plain words."""
    events = HOSTILE[name]
    size = sum(len(str(event)) for event in events) // len(events)
    return [bash(f"{session_of(events)}-plain", at, ("some words\n" * (size // 14))) for at in range(len(events))]
