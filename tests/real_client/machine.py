"""A developer's scratch machine with our client on it, and what Memfog has of its sessions."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events.jsontext import Reader
from tests.people import Person
from tests.real_client.session import Session, play
from tests.server import ROOT

HOOKS = {row["hook"]: row["event"] for row in json.loads((ROOT / "client/lib/hooks.json").read_text())}
EXTRA = {row["hook"]: row["event"] for row in json.loads((ROOT / "client/lib/hooks-extra.json").read_text())}
MEMFOG = ("node", str(ROOT / "client/bin/memfog.js"))
TODO_TOOLS = {"CLAUDE_CODE_ENABLE_TODO_TOOLS": "1"}
RECORDER = Path(__file__).parent / "recorder.py"


@dataclass(frozen=True)
class Machine:
    """A developer's scratch machine: a home, a project, and what a recorder beside our hooks was given."""

    home: Path
    project: Path
    recorded: Path
    out: Path

    def memfog(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        return subprocess.run([*MEMFOG, *arguments], env=environment, capture_output=True, text=True, check=True)

    def connect(self, token: str, url: str, *options: str) -> str:
        return self.memfog("connect", "claude-code", "--token", token, "--api", url, *options).stdout

    def fire(self, payload: dict[str, Any]) -> None:
        """Runs our hook for a payload, if it is registered, as Claude Code would."""
        settings = json.loads((self.home / ".claude" / "settings.json").read_text())
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "CLAUDE_PROJECT_DIR": payload["cwd"]}
        for entry in settings["hooks"].get(payload["hook_event_name"], []):
            for hook in entry["hooks"]:
                command = [hook["command"], *hook["args"]]
                subprocess.run(command, input=json.dumps(payload), env=environment, text=True, check=True)

    def record(self) -> None:
        """Registers the recorder for each hook that we register, or can."""
        hook = {"type": "command", "command": sys.executable, "args": [str(RECORDER), str(self.recorded)]}
        entries = {event: [{"hooks": [hook]}] for event in (HOOKS | EXTRA).values()}
        settings = self.home / ".claude" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"hooks": entries}, indent=2))

    def seen(self, *, extra: bool = False) -> list[str]:
        """What the hooks were given, oldest first; of those beyond the twelve only when they are connected too."""
        wanted = {*HOOKS.values(), *(EXTRA.values() if extra else ())}
        texts = [path.read_text().strip() for path in sorted(self.recorded.glob("[!.]*"))]
        return [text for text in texts if json.loads(text)["hook_event_name"] in wanted]

    def fired(self, event: str, **fields: Any) -> int:
        """How often a hook has fired so far, with these in its payload."""
        payloads = [json.loads(text) for text in self.seen(extra=True)]
        return sum(one["hook_event_name"] == event and fields.items() <= one.items() for one in payloads)

    def play(self, scenario: str, *, prompt: str = "", arguments: Sequence[str] = ()) -> Session:
        session = play(
            scenario,
            home=self.home,
            project=self.project,
            out=self.out,
            prompt=prompt,
            arguments=arguments,
            **TODO_TOOLS,
        )
        assert session.exit_code == 0
        return session


def stored(person: Person) -> list[tuple[str, str]]:
    """(hook, exact text of the payload) of each event of a hook."""
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


def own(person: Person, kind: str) -> list[dict[str, Any]]:
    """The data of each event that the client made itself."""
    return [event["kind"]["data"] for event in person.walk() if event["kind"]["type"] == kind]


def payload(page: str, event_id: str) -> str:
    """The text of `data.data` in the page, as it stands there."""
    start = page.index('"data":{', page.index('"kind":', page.index(f'"id":"{event_id}"')))
    reader = Reader(page[start + len('"data":') :])
    reader.must_take("{")
    while (key := reader.key()) != "data":
        reader.value()
        reader.must_take(",")
    assert key == "data"
    return reader.value().text
