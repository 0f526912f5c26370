"""Makes sessions that change files, with payloads as Claude Code sends them."""

from typing import Any
from uuid import uuid4

from tests.memory.make import event, usage

PROJECT, REPO = "/home/ada/engine", "github.com/ada/engine"
PRICED = {"model": "claude-opus-4-8", "output_tokens": 100_000}  # 2.50 dollars


def placed(**location: str) -> dict[str, str]:
    return {"project": PROJECT, "root": PROJECT, "repo": REPO, **location}


def prompt(words: str, second: float, **over: Any) -> dict[str, Any]:
    return event("prompt_submit", second, **{"envelope": placed(), "prompt": words, **over})


def edit(path: str, second: float, lines: list[str], *, tool: str = "Edit", **over: Any) -> dict[str, Any]:
    """An edit whose patch has these lines, each with its sign."""
    old, new = ("\n".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    data = {
        "tool_name": tool,
        "tool_use_id": str(uuid4()),
        "cwd": PROJECT,
        "tool_input": {"file_path": path, "old_string": old, "new_string": new},
        "tool_response": {"filePath": path, "structuredPatch": [{"lines": lines}]},
    }
    return event("post_tool_use", second, **{"envelope": placed(), **data, **over})


def write(path: str, second: float, content: str, **over: Any) -> dict[str, Any]:
    data = {
        "tool_name": "Write",
        "tool_use_id": str(uuid4()),
        "cwd": PROJECT,
        "tool_input": {"file_path": path, "content": content},
        "tool_response": {"type": "create", "filePath": path, "content": content, "structuredPatch": []},
    }
    return event("post_tool_use", second, **{"envelope": placed(), **data, **over})


def command(line: str, second: float, output: str = "", **over: Any) -> dict[str, Any]:
    data = {
        "tool_name": "Bash",
        "tool_use_id": str(uuid4()),
        "cwd": PROJECT,
        "tool_input": {"command": line},
        "tool_response": {"stdout": output, "stderr": "", "interrupted": False},
    }
    return event("post_tool_use", second, **{"envelope": placed(), **data, **over})


def cost(message: str, second: float, **over: Any) -> dict[str, Any]:
    return usage(message, second, **{**PRICED, **over})
