"""`memfog folders` writes the work done in a folder into the CLAUDE.md there, from the memory of a real server."""

import os
import subprocess
from pathlib import Path
from typing import Any

from tests.memory.make import event
from tests.people import Person
from tests.server import ROOT, Server

MEMFOG = ("node", str(ROOT / "client/bin/memfog.js"))


def memfog(home: Path, folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    return subprocess.run(
        [*MEMFOG, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout


def edit(root: Path, name: str, second: int) -> dict[str, Any]:
    given = {"file_path": str(root / name)}
    use: dict[str, Any] = {"tool_name": "Edit", "tool_use_id": f"t{second}", "tool_input": given}
    return event("post_tool_use", second, envelope={"project": str(root), "root": str(root)}, **use)


def test_a_folder_that_was_worked_in_says_so(tmp_path: Path, alice: Person, server: Server) -> None:
    root = tmp_path / "shop"
    for folder in (".git", "billing"):
        (root / folder).mkdir(parents=True)
    (root / "billing" / "CLAUDE.md").write_text("# Billing\n")
    alice.push(edit(root, "billing/total.py", 1), edit(root, "billing/total.py", 2), edit(root, "setup.py", 3))
    memfog(tmp_path, root, "connect", "claude-code", "--token", alice.token, "--api", server.url)
    memfog(tmp_path, root, "folders")
    text = (root / "billing" / "CLAUDE.md").read_text()
    assert text.startswith("# Billing\n")
    assert "- `total.py`: changed 2 times, last on 2025-10-09" in text
    assert not (root / "CLAUDE.md").exists()
    memfog(tmp_path, root, "folders", "--off")
    assert (root / "billing" / "CLAUDE.md").read_text() == "# Billing\n"
