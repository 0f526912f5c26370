"""What contexts name of what the next session then uses, over the made-up sessions of `script/bench context`.

The bounds keep a change of the rules from making contexts worse; the benchmark measures real transcripts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from script.benchmarks.recall import made_up
from script.benchmarks.recall.hint_figures import ALONE, BESIDE, measure_hints
from script.benchmarks.recall.recall_figures import Earlier, mean_figures, measure_context, measure_noise
from script.benchmarks.recall.transcript_sessions import first_words, read_projects, read_session
from tests.people import Person

AT_LEAST = {
    "files": 0.95,
    "commands": 0.9,
    "outcome in the first ten lines": 1.0,
    "next step in the first ten lines": 1.0,
    "corrections and standing instructions": 1.0,
    f"prompts with a hint, {ALONE}": 0.2,
    f"hinted files and commands that the turn used, {ALONE}": 0.5,
}
AT_MOST = {
    "noise": 0.0,
    "tokens": 800.0,
    "tokens to the first useful line": 300.0,
    # A context names all that these sessions need: hints beside it would repeat it.
    f"prompts with a hint, {BESIDE}": 0.0,
    f"tokens of a hint, {ALONE}": 250.0,
}


def hook_events(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The events that hooks would have captured of a made-up transcript."""
    calls: dict[str, dict[str, Any]] = {}
    for line in lines:
        content = line["message"]["content"]
        block = {"type": "prompt"} if isinstance(content, str) else content[0]
        if block["type"] == "prompt":
            yield hook_event(line, "prompt_submit", prompt=content)
        elif block["type"] == "text":
            yield hook_event(line, "stop", last_assistant_message=block["text"])
        elif block["type"] == "tool_use":
            calls[block["id"]] = {"tool_name": block["name"], "tool_input": block["input"], "tool_use_id": block["id"]}
        elif block["is_error"]:
            yield hook_event(line, "post_tool_failure", **calls[block["tool_use_id"]], error=block["content"])
        else:
            done = {**calls[block["tool_use_id"]], "tool_response": line["toolUseResult"]}
            yield hook_event(line, "post_tool_use", **done)


def hook_event(line: dict[str, Any], hook: str, **data: Any) -> dict[str, Any]:
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": line["sessionId"], **data}}}
    place = {"project": line["cwd"], "root": line["cwd"]}
    return {"id": str(uuid5(UUID(line["uuid"]), hook)), "ts": line["timestamp"], **place, "kind": kind}


def test_contexts_name_what_is_used_next(alice: Person, tmp_path: Path) -> None:
    made_up.write_transcripts(tmp_path)
    figures = []
    for sessions in read_projects(tmp_path, projects=8, sessions=8):
        earlier = Earlier()
        for session in sessions:
            if earlier.files:
                query = {"project": session.folder, "root": session.folder}
                text = alice.http.get("/api/context", params=query).text
                given = alice.http.get("/api/context", params=query, headers={"Accept": "application/json"}).json()
                hints = alice.http.get("/api/hints", params=query).json()
                ids = [item["id"] for item in given["items"]]
                figures.append(measure_context(text, session, earlier) | measure_hints(hints, ids, session))
            lines = [json.loads(line) for line in session.path.read_text().splitlines()]
            alice.push(*hook_events(lines))
            earlier.add(session)
    means = {name: mean for name, (mean, _) in mean_figures(figures).items()}
    assert len(figures) == 8
    assert {name: means[name] for name, bound in AT_LEAST.items() if means[name] < bound} == {}
    assert {name: means[name] for name, bound in AT_MOST.items() if means[name] > bound} == {}


LINE = "- 7 · 2026-03-01 · {} · 20 tokens"


@pytest.mark.parametrize(
    ("titles", "share"),
    [
        (["edit · `a.py: 3 edits, +4`", "command · `Ran 'npm run build' 2 times`"], 0.0),
        (["command · `Ran 'ls -la'`", "command · `Ran 'cd /a && make'`"], 0.5),
        (["failure · `'grep -rn x .' failed (exit 1)`"], 1.0),
        (["edit · `Edited a.py`", "edit · `Edited a.py`"], 0.5),
        (["edit · `src/a.py, src/b.py, docs/c.md`"], 1.0),
        (["edit · `a.py and b.py change together, always`"], 0.0),
        ([], 0.0),
    ],
)
def test_noise_is_looking_around_repeating_and_listing_names(titles: list[str], share: float) -> None:
    assert measure_noise("\n".join(["# Memory", *map(LINE.format, titles)])) == share


def test_a_long_context_without_an_index_is_not_measured() -> None:
    with pytest.raises(ValueError, match="no index lines"):
        measure_noise("word " * 100)


@pytest.mark.parametrize(
    ("command", "words"),
    [("ls; cat a", ""), ("cd a && npm test -- -q", "npm test"), ("X=1 git log", ""), ("make", "make")],
)
def test_the_first_words_that_do_something(command: str, words: str) -> None:
    assert first_words(command) == words


def test_open_tasks_are_next_steps_and_errors_of_the_api_no_outcome(tmp_path: Path) -> None:
    def call(tool: str, **given: str) -> dict[str, Any]:
        return {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": tool, "input": given}]}}

    def told(text: str, **more: object) -> dict[str, Any]:
        return {"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}, **more}

    def answer(**task: str) -> dict[str, Any]:
        return {"type": "user", "message": {"content": []}, "toolUseResult": {"task": task}}

    lines = [
        *(call("TaskCreate", subject="Mend it"), answer(id="1", subject="Mend it"), answer(id="2", subject="Ship it")),
        *(call("TaskUpdate", taskId="1", status="completed"), answer(id="1", subject="Mend it", status="completed")),
        *(told("It is mended."), told("API Error: 400", isApiErrorMessage=True)),
    ]
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    session = read_session(path)
    assert (session.next_steps, session.outcome) == (["Ship it"], "It is mended.")
