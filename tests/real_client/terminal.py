"""The real client in a terminal, as a person uses it, on a private tmux server."""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.real_client.session import scripted_api, surroundings
from tests.server import wait_for

SECONDS = 60
ENDED = "THE CLIENT HAS ENDED"


@dataclass(frozen=True)
class Terminal:
    """The screen and the keyboard of a terminal."""

    socket: str

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "claude")

    def say(self, text: str) -> None:
        """Types a line, waits until the client shows it, and sends it."""
        for _ in range(5):
            self._tmux("send-keys", "-t", "claude", "-l", "--", text)
            if self._shows(text[-20:], 4):
                break
            # The client may have read only a part of the line: delete that part.
            self.press("C-u")
        self.press("Enter")

    def press(self, key: str) -> None:
        self._tmux("send-keys", "-t", "claude", key)

    def sees(self, text: str) -> None:
        assert self._shows(text, SECONDS), f"no {text!r} on the screen:\n{self.screen()}"

    def _shows(self, text: str, seconds: float) -> bool:
        try:
            return bool(wait_for(lambda: text in self.screen(), seconds=seconds))
        except AssertionError:
            return False

    def _tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", self.socket, *words], capture_output=True, text=True, check=True, timeout=SECONDS
        ).stdout


@contextmanager
def terminal(
    scenario: str, *, home: Path, project: Path, out: Path, arguments: Sequence[str] = (), **environment: str
) -> Iterator[Terminal]:
    """Runs an interactive session that can use a scenario of `scripts/`."""
    for folder in (home, project, out):
        folder.mkdir(parents=True, exist_ok=True)
    _answer_first_questions(home, project)
    opened = Terminal(f"memfog-{uuid4().hex}")
    with scripted_api(scenario, project, out) as (port, _):
        variables = {**surroundings(home, port), "TERM": "xterm-256color", **environment}
        words = ["env", "-i", *(f"{key}={value}" for key, value in variables.items())]
        line = shlex.join([*words, os.environ["CLAUDE_BIN"], *arguments])
        command = f"{line}; echo {ENDED}; sleep {SECONDS}"
        start = ["new-session", "-d", "-s", "claude", "-x", "150", "-y", "50", "-c", str(project), command]
        subprocess.run(["tmux", "-L", opened.socket, "-f", "/dev/null", *start], check=True, timeout=SECONDS)
        try:
            yield opened
        finally:
            subprocess.run(["tmux", "-L", opened.socket, "kill-server"], check=False, timeout=SECONDS)


def _answer_first_questions(home: Path, project: Path) -> None:
    """Answers the questions of the client's first start: the theme, the key, and whether the folder is trusted."""
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    (home / ".claude.json").write_text(
        json.dumps(
            {
                "hasCompletedOnboarding": True,
                "theme": "dark",
                "customApiKeyResponses": {"approved": ["sk-ant-fake"], "rejected": []},
                "projects": {str(project): trusted},
            }
        )
    )
