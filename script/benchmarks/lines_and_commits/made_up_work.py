"""A made-up repository with the transcripts of the sessions that worked in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.memory.file_history.scenes import play

VERSION = "2.1.328"


def make_work(folder: Path) -> tuple[Path, Path]:
    """Makes both below a folder. Returns the folder of the transcripts, and that of the repository."""
    repository = play("plain", folder / "made-up", sessions=2)
    transcripts = folder / "made-up" / "projects" / "-made-up"
    transcripts.mkdir(parents=True)
    for event in repository.events:
        data = event["kind"]["data"]["data"]
        with (transcripts / f"{data['session_id']}.jsonl").open("a") as file:
            file.writelines(f"{json.dumps(line)}\n" for line in _make_lines(event))
    return transcripts.parent, repository.root


def _make_lines(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Makes the lines of a prompt, or of a tool call with its result, as Claude Code writes them."""
    data = event["kind"]["data"]["data"]
    if "prompt" in data:
        yield _make_line(event, "user", data["prompt"])
        return
    call = data["tool_use_id"]
    yield _make_line(
        event,
        "assistant",
        [{"type": "tool_use", "id": call, "name": data["tool_name"], "input": data["tool_input"]}],
        model="claude-opus-4-8",
        id=f"msg_{call}",
        usage={"input_tokens": 1, "output_tokens": 1},
    )
    result = [{"type": "tool_result", "tool_use_id": call, "content": "Done."}]
    yield _make_line(event, "user", result) | {"toolUseResult": data["tool_response"]}


def _make_line(event: dict[str, Any], role: str, content: Any, **message: Any) -> dict[str, Any]:
    data = event["kind"]["data"]["data"]
    return {
        "type": role,
        "uuid": str(uuid4()),
        "parentUuid": None,
        "isSidechain": False,
        "userType": "external",
        "sessionId": data["session_id"],
        "cwd": data["cwd"],
        "version": VERSION,
        "gitBranch": "main",
        "timestamp": event["ts"],
        "message": {"role": role, "content": content, **message},
    }
