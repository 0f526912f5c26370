"""Repositories made by script, whose lines sessions and a person wrote: of each line it is known who wrote it.

What is done to a repository is done with git, and to the server as Claude Code's hooks tell it.
"""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.memory.make import SECOND, START, event

PERSON = ""  # the origin of a line that no prompt caused
WORDS = [
    "order",
    "total",
    "tax",
    "refund",
    "invoice",
    "customer",
    "basket",
    "price",
    "stock",
    "rate",
    "discount",
    "delivery",
    "payment",
    "account",
]
COMMON = (
    "    return None",
    "    else:",
    "    try:",
    "    pass",
    "    continue",
    "    return result",
    "    result = []",
)


@dataclass(frozen=True)
class Line:
    """A line and the prompt that it comes from."""

    text: str
    origin: str = PERSON


@dataclass
class Repository:
    """A repository in a folder, with the events of the sessions that worked in it."""

    root: Path
    seed: int
    sessions: int = 3
    second: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, list[Line]] = field(default_factory=dict)
    session: str = ""
    prompt: str = PERSON

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", f"git@github.com:ada/{self.root.name}.git")
        self.write_by_person("README.md", ["# Shop", "A shop."])
        self.commit()

    # --- What happens -------------------------------------------------------------------------------------

    def git(self, *arguments: str) -> str:
        self.second += 10
        at = f"{START // SECOND + self.second} +0000"
        names = {
            f"GIT_{who}_{what}": f"{what}@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_EDITOR": "true"}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), **names, **dates}
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def commit(self, message: str = "Work") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def start_session(self) -> None:
        self.session = str(uuid4())

    def ask(self, words: str) -> None:
        """A prompt; what Claude changes from now on comes from it."""
        self.prompt = words
        self._tell("prompt_submit", prompt=words)

    def run(self, command: str) -> None:
        """A command of Claude."""
        self.second += 1
        subprocess.run(command, shell=True, cwd=self.root, check=True, capture_output=True)  # noqa: S602
        given: dict[str, Any] = {"command": command}
        self._tell("post_tool_use", tool_name="Bash", tool_input=given, tool_response={"stdout": "", "stderr": ""})

    def rename(self, old: str, new: str) -> None:
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        self.run(f"git mv {old} {new}")
        self.files[new] = self.files.pop(old)

    def create(self, name: str, lines: list[str]) -> None:
        """A new file of Claude's."""
        self._store(name, [Line(text, self.prompt) for text in lines])
        path, content = str(self.root / name), "\n".join(lines) + "\n"
        response: dict[str, Any] = {
            "type": "create",
            "filePath": path,
            "content": content,
            "structuredPatch": [],
            "originalFile": None,
        }
        given = {"file_path": path, "content": content}
        self._tell("post_tool_use", tool_name="Write", tool_input=given, tool_response=response)

    def edit(self, name: str, start: int, end: int, lines: list[str]) -> None:
        """Replaces lines of a file as Claude's tool does; it also tells the lines around, as the tool does."""
        before = self.files[name]
        after = [*before[:start], *(Line(text, self.prompt) for text in lines), *before[end:]]
        context = [f" {one.text}" for one in before[max(0, start - 3) : start]]
        rest = [f" {one.text}" for one in before[end : end + 3]]
        removed, added = [f"-{one.text}" for one in before[start:end]], [f"+{text}" for text in lines]
        self._store(name, after)
        path = str(self.root / name)
        given = {
            "file_path": path,
            "old_string": "\n".join(one.text for one in before[start:end]),
            "new_string": "\n".join(lines),
        }
        hunk = {"oldStart": start + 1, "newStart": start + 1, "lines": [*context, *removed, *added, *rest]}
        response = {"filePath": path, "structuredPatch": [hunk], "userModified": False}
        self._tell("post_tool_use", tool_name="Edit", tool_input=given, tool_response=response)

    def write_by_person(self, name: str, lines: list[str]) -> None:
        """A person's own work in an editor; lines that stay keep their origin."""
        self._store(name, list(self._keep_origins(self.files.get(name, []), lines)))

    def reformat(self, name: str, change: Callable[[str], list[str]]) -> None:
        """A formatter replaces each line by others; their origin is that of the line."""
        self._store(name, [Line(text, line.origin) for line in self.files[name] for text in change(line.text)])

    def restore(self, name: str, known: list[Line]) -> None:
        """After git took a change back: the file is as it was."""
        assert (self.root / name).read_text().splitlines() == [line.text for line in known]
        self.files[name] = known

    # --- Contents -----------------------------------------------------------------------------------------

    def make_function(self, lines: int = 8) -> list[str]:
        """A function with lines that many functions have."""
        names = [self.random.choice(WORDS) for _ in range(4)]
        number = self.random.randrange(10_000)
        body = [
            self.random.choice(COMMON)
            if self.random.random() < 0.25
            else f"    {self.random.choice(WORDS)}_{n} = compute_{self.random.choice(WORDS)}"
            f"('{self.random.choice(WORDS)}', {names[0]}, {names[1]}, {self.random.randrange(1000)})"
            for n in range(lines)
        ]
        return [f"def {names[2]}_{names[3]}_{number}({names[0]}, {names[1]}):", *body, f"    return {names[0]}", ""]

    # --- Helpers ------------------------------------------------------------------------------------------

    def _store(self, name: str, lines: list[Line]) -> None:
        self.files[name] = lines
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line.text for line in lines) + "\n")

    def _tell(self, hook: str, **data: Any) -> None:
        self.second += 10
        root, repo = str(self.root), f"github.com/ada/{self.root.name}"
        envelope = {"project": root, "root": root, "repo": repo, "client": {"name": "memfog", "machine": "laptop"}}
        use = {"tool_use_id": f"toolu_{uuid4().hex}"} if "tool_name" in data else {}
        self.events.append(event(hook, self.second, session=self.session, envelope=envelope, cwd=root, **use, **data))

    def _keep_origins(self, before: list[Line], texts: list[str]) -> Iterator[Line]:
        matcher = SequenceMatcher(None, [line.text for line in before], texts, autojunk=False)
        for kind, first, last, start, end in matcher.get_opcodes():
            yield from before[first:last] if kind == "equal" else (Line(text) for text in texts[start:end])


def indent_and_quote(text: str) -> list[str]:
    """A formatter that indents by two, and writes double quotes."""
    stripped = text.lstrip()
    return [" " * ((len(text) - len(stripped)) // 2) + stripped.replace("'", '"')]


def wrap(text: str) -> list[str]:
    """A formatter that wraps long calls, one argument a line, with a comma behind the last."""
    if len(text) < 60 or "(" not in text or not text.endswith(")"):
        return [text]
    head, _, arguments = text.partition("(")
    indent = " " * (len(text) - len(text.lstrip()))
    parts = [f"{indent}    {part.strip()}," for part in arguments[:-1].split(",")]
    return [f"{head}(", *parts, f"{indent})"]
