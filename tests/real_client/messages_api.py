"""A scripted messages API, to run the real client on loopback without a model.

`messages_api.py SCRIPT PORT_FILE LOG` serves on a free port, which it writes to PORT_FILE, and appends each request to
LOG. A prompt selects its scenario with `[[play:NAME]]`; its step is the number of assistant messages since that prompt.
So the server keeps no state, and resumed conversations and those of subagents work.

SCRIPT: `{"scenarios": {NAME: [STEP, …]}, "rules": [{"contains": TEXT, "reply": STEP}]}`;
STEP: `{"text"?: str, "tools"?: [{"name", "input"}]}`, or an error of the API as `{"status": int}`.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

MARK = re.compile(r"\[\[play:([\w.-]+)\]\]")
REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
Json = dict[str, Any]


def blocks(message: Json) -> list[Json]:
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def typed(message: Json) -> str:
    """The text that a person or a parent agent typed, without the client's own reminders."""
    texts = [block.get("text", "") for block in blocks(message) if block.get("type") == "text"]
    return REMINDER.sub("", "\n".join(texts)).strip()


def where(messages: list[Json]) -> tuple[str, int]:
    """The current prompt of a conversation, and the number of answers since it."""
    answers = 0
    for message in reversed(messages):
        if message["role"] == "assistant":
            answers += 1
        elif message["role"] == "user":
            result = any(block.get("type") == "tool_result" for block in blocks(message))
            text = typed(message)
            if text and (MARK.search(text) or not result):
                return text, answers
    return "", answers


def step(script: Json, messages: list[Json]) -> Json:
    prompt, answers = where(messages)
    for rule in script.get("rules", []):
        if rule["contains"] in prompt:
            return dict(rule["reply"])
    mark = MARK.search(prompt)
    steps = script["scenarios"].get(mark[1], []) if mark else []
    return dict(steps[answers]) if answers < len(steps) else {"text": "Done."}


def answer(step: Json, model: str) -> Json:
    """The answer of the messages API for a step."""
    text = [{"type": "text", "text": step["text"]}] if "text" in step else []
    tools = [{"type": "tool_use", "id": f"toolu_{uuid4().hex[:24]}", **tool} for tool in step.get("tools", [])]
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": text + tools,
        "stop_reason": "tool_use" if tools else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 100,
            "output_tokens": 20,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }


def streamed(message: Json) -> Iterator[Json]:
    """The server-sent events with which the API sends this message."""
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            start, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            start = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield {"type": "content_block_start", "index": index, "content_block": start}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": message["usage"]}
    yield {"type": "message_stop"}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script: Json, log: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.log, self.lock = script, log, Lock()

    def note(self, path: str, body: Json) -> None:
        with self.lock, self.log.open("a") as log:
            log.write(json.dumps({"at": time.time(), "path": path, "body": body}) + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Sends each answer at once as a whole. Otherwise the system delays it by 40 ms, which would hide the time of hooks.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.note(self.path, body)
        played = step(self.server.script, body["messages"])
        message = answer(played, body["model"])
        if "status" in played:
            error = {"type": "invalid_request_error", "message": "scripted"}
            self._send("application/json", json.dumps({"type": "error", "error": error}), played["status"])
        elif body.get("stream"):
            events = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in streamed(message))
            self._send("text/event-stream", "".join(events))
        else:
            self._send("application/json", json.dumps(message))

    def do_HEAD(self) -> None:
        self._send("text/plain", "")

    def _send(self, kind: str, text: str, status: int = 200) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing: the requests are in the log."""


if __name__ == "__main__":
    script, port_file, log = map(Path, sys.argv[1:])
    with Server(json.loads(script.read_text()), log) as server:
        aside = port_file.with_suffix(".new")
        aside.write_text(str(server.server_address[1]))
        aside.rename(port_file)
        server.serve_forever()
