"""A test machine of a developer with the Memfog client, and the events that Memfog stored of its sessions."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from events.wire.json_text import JsonReader
from tests.real_client.session import Session, play
from tests.server import ROOT

if TYPE_CHECKING:
    from tests.people import Person

HOOKS = {row["hook"]: row["event"] for row in json.loads((ROOT / "client/lib/hooks.json").read_text())}
EXTRA = {row["hook"]: row["event"] for row in json.loads((ROOT / "client/lib/hooks-extra.json").read_text())}
MEMFOG = ("node", str(ROOT / "client/bin/memfog.js"))
TODO_TOOLS = {"CLAUDE_CODE_ENABLE_TODO_TOOLS": "1"}
# With the first entry point a session of `claude -p` counts as one of a person; the second is its own.
ATTENDED, HEADLESS = "claude-desktop", "cli"
RECORDER = Path(__file__).parent / "recorder.py"


@dataclass(frozen=True)
class Machine:
    """A test machine of a developer: a home, a project, and the payloads that a recorder beside the hooks received."""

    home: Path
    project: Path
    recorded: Path
    out: Path
    claude: Path = field(default_factory=lambda: Path(os.environ.get("CLAUDE_BIN", "claude")))

    def memfog(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        # `connect` asks the Claude Code that it finds on PATH for its version.
        path = f"{self.claude.parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(self.home)}
        ran = subprocess.run([*MEMFOG, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, f"{ran.args}: {ran.stdout}{ran.stderr}"
        return ran

    def connect(self, token: str, url: str, *options: str) -> str:
        return self.memfog("connect", "claude-code", "--token", token, "--api", url, *options).stdout

    def help(self) -> str:
        """The options that this version of Claude Code describes."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        words = [str(self.claude), "--help"]
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout

    def fire(self, payload: dict[str, Any], *, entrypoint: str = "cli") -> None:
        """Runs Memfog's hook for a payload, if it is registered, as Claude Code does when it was started so."""
        settings = json.loads((self.home / ".claude" / "settings.json").read_text())
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "CLAUDE_PROJECT_DIR": payload["cwd"]}
        environment["CLAUDE_CODE_ENTRYPOINT"] = entrypoint
        for entry in settings["hooks"].get(payload["hook_event_name"], []):
            for hook in entry["hooks"]:
                command = ["/bin/sh", "-c", hook["command"]]
                subprocess.run(command, input=json.dumps(payload), env=environment, text=True, check=True)

    def record(self, events: Collection[str] = (*HOOKS.values(), *EXTRA.values())) -> None:
        """Registers the recorder for these events, by default for every event that Memfog can register."""
        hook = {"type": "command", "command": shlex.join([sys.executable, str(RECORDER), str(self.recorded)])}
        entries = {event: [{"hooks": [hook]}] for event in events}
        settings = self.home / ".claude" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"hooks": entries}, indent=2))

    def seen(self, *, extra: bool = False) -> list[str]:
        """The payloads that the recorder received, oldest first. Those of the optional hooks only with `extra`."""
        wanted = {*HOOKS.values(), *(EXTRA.values() if extra else ())}
        texts = [path.read_text().strip() for path in sorted(self.recorded.glob("[!.]*"))]
        return [text for text in texts if json.loads(text)["hook_event_name"] in wanted]

    def fired(self, event: str, **fields: Any) -> int:
        """How often a hook has fired so far with these members in its payload."""
        payloads = [json.loads(text) for text in self.seen(extra=True)]
        return sum(one["hook_event_name"] == event and fields.items() <= one.items() for one in payloads)

    def play(
        self, scenario: str, *, prompt: str = "", arguments: Sequence[str] = (), entrypoint: str = HEADLESS
    ) -> Session:
        session = play(
            scenario,
            home=self.home,
            project=self.project,
            out=self.out,
            prompt=prompt,
            arguments=arguments,
            claude=self.claude,
            **TODO_TOOLS,
            CLAUDE_CODE_ENTRYPOINT=entrypoint,
        )
        assert session.exit_code == 0
        return session


def stored(person: "Person") -> list[tuple[str, str]]:
    """(hook, exact text of the payload) of each hook event."""
    told: list[tuple[str, str]] = []
    ids: set[str] = set()
    cursor = ""
    while True:
        page = person.http.post("/sync/pull", json={"cursor": cursor, "limit": 100}).content.decode()
        answer = json.loads(page)
        if answer["next_cursor"] == cursor:
            return told
        cursor = answer["next_cursor"]
        assert not ids & {event["id"] for event in answer["events"]}
        ids |= {event["id"] for event in answer["events"]}
        hooks = [event for event in answer["events"] if event["kind"]["type"] == "HookEvent"]
        told += [(event["kind"]["data"]["hook"], payload(page, event["id"])) for event in hooks]


def own(person: "Person", kind: str) -> list[dict[str, Any]]:
    """The data of each event of a kind that the client makes itself."""
    return [event["kind"]["data"] for event in person.walk() if event["kind"]["type"] == kind]


def payload(page: str, event_id: str) -> str:
    """The exact text of `data.data` in the page."""
    start = page.index('"data":{', page.index('"kind":', page.index(f'"id":"{event_id}"')))
    reader = JsonReader(page[start + len('"data":') :])
    reader.expect("{")
    while (key := reader.read_key()) != "data":
        reader.read_value()
        reader.expect(",")
    assert key == "data"
    return reader.read_value().text
