"""`script/import-check`: what it prints of a folder of transcripts, and that it keeps nothing."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.server import ROOT

START = "2026-11-01T10:00:"


def line(kind: str, second: int, session: str, **members: object) -> str:
    about = {"type": kind, "uuid": f"{session}-{second}", "timestamp": f"{START}{second:02}Z", "sessionId": session}
    return json.dumps({**about, "cwd": "/x", **members}) + "\n"


def answer(second: int, session: str, content: object) -> str:
    about = {"id": f"msg_01{session}Answer{second:010}", "model": "claude-opus-4-6", "stop_reason": "end_turn"}
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {**about, "role": "assistant", "content": content, "usage": usage}
    return line("assistant", second, session, message=message)


@pytest.mark.slow
def test_a_folder_of_transcripts_is_compared_with_what_the_server_has(tmp_path: Path) -> None:
    folder = tmp_path / "dump" / "projects" / "-x"
    folder.mkdir(parents=True)
    prompt = {"role": "user", "content": "Mend the login form"}
    tool = [{"type": "tool_use", "id": "toolu_01Hologram", "name": "Hologram", "input": {}}]
    (folder / "S1.jsonl").write_text(
        line("user", 0, "S1", message=prompt) + answer(1, "S1", "Done.") + line("hologram", 2, "S1") + "{half\n"
    )
    (folder / "S2.jsonl").write_text(answer(3, "S2", tool))
    done = subprocess.run(
        [ROOT / "script" / "import-check", folder.parents[1]], capture_output=True, text=True, cwd=tmp_path
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[-1]) == (0, "differences: none"), done.stdout + done.stderr
    for expected in (
        "sessions: 2, in the files: 2",
        "automated: 0",
        "without title: 1 (1 tool calls and answers)",
        "without prompt: 1 (1 tool calls and answers)",
        "tools without a row in the catalog: 1 (1 Hologram)",
        "passed over: lines: 1 of an unknown kind (hologram), 1 no JSON.",
        "answers: 2 in the files, 2 of them counted, and 0 lines with ids that are not unique",
    ):
        assert expected in lines, done.stdout
