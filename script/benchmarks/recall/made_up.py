"""Writes transcripts of the made-up sessions in `made_up.txt`, in the form of Claude Code.

A line of that file begins with a sign: `=` a session (folder, date), `>` a prompt, `<` a message of the model, `$` a
command that succeeds, `!` one that fails, `|` its output, `.` a file that is read, `+` one that is written, `~` one
that is edited, `?` an open to-do, `x` one that is done. `6 $ ls` is the same command six times. Signs of to-dos that
stand together are one list.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

FILE = Path(__file__).with_suffix(".txt")
NAMESPACE = UUID("6f1f7a52-6d0a-4a5e-9a53-0d8f0c6f2f11")
STEP = timedelta(seconds=20)
TODO_SIGNS = {"?": "pending", "x": "completed"}


@dataclass
class _Transcript:
    session_id: str
    folder: str
    now: datetime
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, type_: str, content: object, **more: object) -> None:
        self.now += STEP
        number = len(self.lines)
        base = {"sessionId": self.session_id, "cwd": self.folder, "version": "2.1.328", "isSidechain": False}
        uuids = {"uuid": self._uuid(number), "parentUuid": self._uuid(number - 1) if number else None}
        times = {"timestamp": self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        message = {"role": type_, "content": content}
        if type_ == "assistant":
            is_call = isinstance(content, list) and content[0]["type"] == "tool_use"
            usage = {"input_tokens": 10, "output_tokens": 20}
            message |= {"id": f"msg_{self._uuid(number).replace('-', '')}", "model": "claude-opus-5", "usage": usage}
            message |= {"stop_reason": "tool_use" if is_call else "end_turn"}
        entry = {"type": type_, "message": message, "entrypoint": "cli", "userType": "external"}
        self.lines.append(base | uuids | times | entry | more)

    def call(self, tool: str, given: Mapping[str, object], result: object, *, error: str = "") -> None:
        """Adds a tool call and its result."""
        call_id = f"toolu_{self._uuid(len(self.lines)).replace('-', '')[:24]}"
        self.add("assistant", [{"type": "tool_use", "id": call_id, "name": tool, "input": given}])
        answer = {"type": "tool_result", "tool_use_id": call_id, "content": error or "done", "is_error": bool(error)}
        self.add("user", [answer], toolUseResult=f"Error: {error}" if error else result)

    def _uuid(self, number: int) -> str:
        return str(uuid5(NAMESPACE, f"{self.session_id} {number}"))


def write_transcripts(folder: Path) -> None:
    """Writes a transcript for each session, below `projects` in this folder."""
    for transcript in read_transcripts():
        name = transcript.folder.replace("/", "-")
        path = folder / "projects" / name / f"{transcript.session_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in transcript.lines))


def read_transcripts() -> list[_Transcript]:
    found: list[_Transcript] = []
    for lines in _split_sessions(FILE.read_text().splitlines()):
        folder, date = lines[0].split()[1:]
        session_id = str(uuid5(NAMESPACE, f"{folder} {date}"))
        transcript = _Transcript(session_id, folder, datetime.fromisoformat(date).replace(hour=9, tzinfo=UTC))
        _add_steps(transcript, lines[1:])
        found.append(transcript)
    return found


def _split_sessions(lines: list[str]) -> Iterator[list[str]]:
    session: list[str] = []
    for line in filter(None, lines):
        if line.startswith("= ") and session:
            yield session
            session = []
        session.append(line)
    yield session


def _add_steps(transcript: _Transcript, lines: list[str]) -> None:
    for is_todo, group in groupby(lines, key=lambda line: line[0] in TODO_SIGNS):
        steps = list(group)
        if is_todo:
            todos = [{"content": line[2:], "status": TODO_SIGNS[line[0]], "activeForm": line[2:]} for line in steps]
            transcript.call("TodoWrite", {"todos": todos}, {"newTodos": todos})
            continue
        for at, line in enumerate(steps):
            output = steps[at + 1][2:] if at + 1 < len(steps) and steps[at + 1].startswith("| ") else ""
            count, sign, text = _parse_step(line)
            for _ in range(count):
                _add_step(transcript, sign, text.replace("\\n", "\n"), output)


def _parse_step(line: str) -> tuple[int, str, str]:
    first, _, rest = line.partition(" ")
    return (int(first), rest[0], rest[2:]) if first.isdigit() else (1, first, rest)


def _add_step(transcript: _Transcript, sign: str, text: str, output: str) -> None:
    path = f"{transcript.folder}/{text.partition(' ')[0]}"
    if sign == ">":
        transcript.add("user", text)
    elif sign == "<":
        transcript.add("assistant", [{"type": "text", "text": text}])
    elif sign == "$":
        transcript.call("Bash", {"command": text}, {"stdout": output, "stderr": "", "interrupted": False})
    elif sign == "!":
        transcript.call("Bash", {"command": text}, None, error=f"Exit code 1\n{output}")
    elif sign == ".":
        transcript.call("Read", {"file_path": path}, {"type": "text", "file": {"filePath": path, "numLines": 40}})
    elif sign in "+~":
        _add_edit(transcript, sign, path, text.partition(" ")[2])


def _add_edit(transcript: _Transcript, sign: str, path: str, content: str) -> None:
    if sign == "+":
        transcript.call("Write", {"file_path": path, "content": content}, {"type": "create", "filePath": path})
        return
    old, _, new = content.partition(" → ")
    patch = [{"lines": [f"-{old}", f"+{new}"]}]
    given = {"file_path": path, "old_string": old, "new_string": new}
    transcript.call("Edit", given, {"filePath": path, "structuredPatch": patch})
