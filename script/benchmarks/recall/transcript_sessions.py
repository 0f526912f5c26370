"""What a transcript of Claude Code shows of its session: edited files, commands, outcome, next steps, instructions.

The rules here are not those of the server: a measure that shared the rules of what it measures would find no fault.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOOK_AROUND = frozenset(
    (
        *("ls", "cat", "cd", "echo", "sleep", "grep", "rg", "find", "head", "tail", "ps", "pwd", "wc", "which", "sed"),
        *("awk", "file", "stat", "tree", "env", "date", "kill", "pkill", "true", "du", "df", "less", "more", "test"),
        "type",
    )
)
LOOKS_OF_GIT = (["git", "status"], ["git", "diff"], ["git", "log"], ["git", "show"])
EDIT_TOOLS = frozenset(("Edit", "Write", "MultiEdit", "NotebookEdit"))
INSTRUCTION = re.compile(
    r"\s{0,9}(?:no|nope|wrong|never|always|don'?t|do not|stop|please (?:never|always|don'?t|do not))\b"
    r"|[^\n]{0,200}\b(?:from now on|in future|in the future|always use|never use|instead of)\b",
    re.IGNORECASE,
)
MACHINE_MADE = ("<", "[", "/", "Caveat:", "This session is being continued")
MAX_INSTRUCTION_CHARS, MIN_INSTRUCTION_WORDS = 300, 4


@dataclass
class Turn:
    """A prompt, and the names of files and first words of commands that were used up to the next one."""

    prompt: str = ""
    files: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)


@dataclass
class TranscriptSession:
    """A session; `files` are names without folders, `commands` the first words of commands, `start` is a timestamp."""

    path: Path
    folder: str = ""
    start: str = ""
    files: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    instructions: list[str] = field(default_factory=list)
    outcome: str = ""
    unanswered: str = ""  # the last message of a turn so far; words before a tool call are no outcome
    todos: list[str] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)  # id → subject of a task that is not completed
    turns: list[Turn] = field(default_factory=lambda: [Turn()])

    @property
    def next_steps(self) -> list[str]:
        return [*self.tasks.values(), *self.todos]

    @property
    def is_work(self) -> bool:
        return bool(self.files or self.commands)


def read_projects(root: Path, *, projects: int, sessions: int) -> list[list[TranscriptSession]]:
    """Reads the projects with the most sessions below `root`, each with its oldest sessions, in order."""
    by_folder: dict[str, list[TranscriptSession]] = defaultdict(list)
    for path in sorted(root.rglob("*.jsonl")):
        if "subagents" not in path.parts and (session := read_session(path)).is_work and session.folder:
            by_folder[session.folder].append(session)
    found = [one for one in by_folder.values() if len(one) >= min(3, sessions)]
    largest = sorted(found, key=lambda one: (-min(len(one), sessions), one[0].folder))[:projects]
    return [sorted(one, key=lambda session: session.start)[:sessions] for one in largest]


def read_session(path: Path) -> TranscriptSession:
    session = TranscriptSession(path)
    for line in _read_lines(path):
        session.folder = session.folder or _text(line.get("cwd"))
        if line.get("type") in ("user", "assistant"):
            session.start = session.start or _text(line.get("timestamp"))
            _read_message(session, line)
    session.outcome = session.unanswered or session.outcome
    return session


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text.strip("\0\ufeff \n"))
            except ValueError:
                continue
            if isinstance(line, dict) and not line.get("isSidechain"):
                yield line


def _read_message(session: TranscriptSession, line: dict[str, Any]) -> None:
    message = line.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    _read_created_task(session, line.get("toolUseResult"))
    for block in (one for one in blocks if isinstance(one, dict)):
        text = _text(block.get("text")).strip()
        if block.get("type") == "tool_use" and isinstance(block.get("input"), dict):
            session.unanswered = ""
            _read_tool_call(session, _text(block.get("name")), block["input"])
        elif line["type"] == "assistant" and text and not line.get("isApiErrorMessage"):
            session.unanswered = text
        elif line["type"] == "user" and text and not line.get("isMeta"):
            _read_prompt(session, text)


def _read_prompt(session: TranscriptSession, text: str) -> None:
    session.outcome, session.unanswered = session.unanswered or session.outcome, ""
    if _is_instruction(text):
        session.instructions.append(text)
    if not text.startswith(MACHINE_MADE):
        session.turns.append(Turn(text))


def _is_instruction(text: str) -> bool:
    is_by_person = not text.startswith(MACHINE_MADE) and len(text) <= MAX_INSTRUCTION_CHARS
    return is_by_person and len(text.split()) >= MIN_INSTRUCTION_WORDS and INSTRUCTION.match(text) is not None


def _read_tool_call(session: TranscriptSession, name: str, given: dict[str, Any]) -> None:
    path = _text(given.get("file_path") or given.get("notebook_path"))
    file = re.split(r"[/\\]", path)[-1]
    turn = session.turns[-1]
    turn.files |= {file} if file else set()
    if name in EDIT_TOOLS and file:
        session.files.add(file)
    if name == "Bash" and (words := first_words(_text(given.get("command")))):
        session.commands.add(words)
        turn.commands.add(words)
    if name == "TodoWrite" and isinstance(todos := given.get("todos"), list):
        open_todos = [one for one in todos if isinstance(one, dict) and one.get("status") != "completed"]
        session.todos = [_text(one.get("content")) for one in open_todos if _text(one.get("content"))]
    if name == "TaskUpdate" and given.get("status") in ("completed", "deleted"):
        session.tasks.pop(_text(given.get("taskId")), None)


def _read_created_task(session: TranscriptSession, result: object) -> None:
    task = result.get("task") if isinstance(result, dict) else None
    # Other tools answer with the status of the task, too.
    if isinstance(task, dict) and "status" not in task and _text(task.get("id")) and _text(task.get("subject")):
        session.tasks.setdefault(_text(task.get("id")), _text(task.get("subject")))


def first_words(command: str) -> str:
    """Returns the first two words of the first part that does more than look around; empty if there is none."""
    for part in re.split(r"&&|\|\||;|\n|\|", command):
        words = [word for word in part.split() if not re.match(r"^\w+=", word)]
        is_look = not words or words[0].rpartition("/")[2] in LOOK_AROUND or words[0].startswith(("#", "(", "["))
        if not is_look and words[:2] not in LOOKS_OF_GIT:
            return " ".join(words[:2])[:60]
    return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
