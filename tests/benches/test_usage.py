"""What `script/bench usage` says of made-up transcripts: each difference has its rule, and the rules explain all of it.

What ccusage itself counts of these files is held by the benchmark (`-m bench`); these tests need no network.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from script.benchmarks.shared import ccusage_rules, own_usage, transcript_home, usage_differences
from script.benchmarks.shared.usage_cells import Amounts, Cell
from script.benchmarks.shared.usage_report import Report

UNIQUE, OTHER = "msg_01AbCdEfGhJkLmNpQrStUv", "msg_01ZbCdEfGhJkLmNpQrStUv"
DAY = Cell("2026-11-01", "claude-opus-4-8")


def line(session: str, second: int, message: str | None, output: int, **more: Any) -> dict[str, Any]:
    usage = {"input_tokens": 10, "output_tokens": output, **more.pop("usage", {})}
    said = {"model": DAY.model, "role": "assistant", "stop_reason": "end_turn", "usage": usage}
    return {
        "type": "assistant",
        "sessionId": session,
        "timestamp": f"{DAY.day}T10:00:{second:02}.000Z",
        "message": said | ({"id": message} if message else {}),
        **more,
    }


def write(folder: Path, files: dict[str, list[dict[str, Any]]]) -> None:
    for name, lines in files.items():
        file = folder / f"{name}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in lines))


def compare(folder: Path, files: int) -> tuple[int, int, list[str]]:
    """Output tokens of Memfog and of ccusage, and the rules between them."""
    home = folder / "home"
    assert transcript_home.lay_out(folder / "dump", home) == files
    own = own_usage.read_own_answers(home / ".claude")
    lines = ccusage_rules.read_lines(home / ".claude/projects")
    counted = ccusage_rules.select_lines(lines)
    rules = usage_differences.explain(own, lines, counted).by_rule
    outputs = [sum(one.tokens[1] for one in side) for side in (own, counted)]
    return outputs[0], outputs[1], list(rules)


def progress(answer: dict[str, Any]) -> dict[str, Any]:
    """The members of a line about the progress of a subagent; it has no message of its own."""
    data = {"type": "agent_progress", "agentId": "a1", "message": answer}
    return {"type": "progress", "sessionId": answer["sessionId"], "timestamp": answer["timestamp"], "data": data}


AGENT = {"isSidechain": True, "agentId": "a1"}
REQUEST = {"requestId": "req_1"}
CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], tuple[int, int, list[str]]]] = {
    "both agree": (
        {"S1": [line("S1", 1, UNIQUE, 1, **REQUEST), line("S1", 2, UNIQUE, 5, **REQUEST)]},
        (5, 5, []),
    ),
    "lines without a request": (
        {"S1": [line("S1", 1, UNIQUE, 1), line("S1", 2, UNIQUE, 5)]},
        (5, 6, [usage_differences.REQUESTLESS]),
    ),
    "a copied session": (
        {"S1": [line("S1", 1, UNIQUE, 5)], "S2": [line("S2", 1, UNIQUE, 5)]},
        (5, 10, [usage_differences.COPIES]),
    ),
    "a copied answer that goes on": (
        {"S1": [line("S1", 1, UNIQUE, 5, **REQUEST)], "S2": [line("S2", 1, UNIQUE, 7, **REQUEST)]},
        (7, 7, []),
    ),
    "two requests": (
        {"S1": [line("S1", 1, UNIQUE, 5, requestId="a"), line("S1", 2, UNIQUE, 5, requestId="b")]},
        (5, 10, [usage_differences.REQUESTS]),
    ),
    "a sidechain that goes on": (
        {"S1": [line("S1", 1, UNIQUE, 5)], "S1/subagents/agent-a1": [line("S1", 1, UNIQUE, 7, **AGENT)]},
        (7, 5, [usage_differences.SIDECHAIN]),
    ),
    "a member that is null": (
        {"S1": [line("S1", 1, UNIQUE, 5, **REQUEST, cwd=None), line("S1", 2, OTHER, 2, **REQUEST)]},
        (7, 2, [usage_differences.SKIPPED]),
    ),
    "no message id": ({"S1": [line("S1", 1, None, 5), line("S1", 2, None, 5)]}, (5, 10, [usage_differences.NO_ID])),
    "no message id, but requests": (
        {"S1": [line("S1", 1, None, 5, requestId="a"), line("S1", 2, None, 7, requestId="b")]},
        (12, 12, []),
    ),
    "another kind of line": (
        {"S1": [line("S1", 1, UNIQUE, 5, type="progress")]},
        (0, 5, [usage_differences.NO_ANSWER]),
    ),
    "a subagent of which only its progress is left": (
        {"S1": [progress(line("S1", 1, OTHER, 7))]},
        (7, 7, []),
    ),
    "a gateway": (
        {"S1": [line("S1", 1, "ocgo", 1), {"type": "user"}, line("S1", 1, "ocgo", 5)]},
        (5, 5, []),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_difference_has_its_rule(case: str, tmp_path: Path) -> None:
    files, expected = CASES[case]
    write(tmp_path / "dump/projects/-x", files)
    assert compare(tmp_path, len(files)) == expected


def test_what_only_memfog_reads_has_a_rule(tmp_path: Path) -> None:
    torn, copied = (json.dumps(line(session, 1, id_, 5)) for session, id_ in (("S1", UNIQUE), ("S2", OTHER)))
    folder = tmp_path / "dump/projects/-x"
    folder.mkdir(parents=True)
    (folder / "S1.jsonl").write_text(f'{{"type":"user","mess{torn}\n')
    (folder / "S2.jsonl").write_text(f"{copied}\n", encoding="utf-16")
    assert compare(tmp_path, 2) == (10, 0, [usage_differences.UNREAD])


def report(own: Amounts, other: Amounts, prices: tuple[float, ...] | None = (5, 25, 6.25, 10, 0.5)) -> Report:
    differences = usage_differences.Differences()
    return Report(1, {DAY: own}, {DAY: other}, differences, {DAY.model: (5, 25, 6.25, 10, 0.5)}, {DAY.model: prices}, 0)


def test_another_cost_at_equal_prices_is_a_problem() -> None:
    one, other = Amounts([1, 2, 3, 4], 1.00), Amounts([1, 2, 3, 4], 1.02)
    assert report(one, other).problems == [f"{DAY.day} {DAY.model}: other cost at equal prices"]
    assert report(one, Amounts([1, 2, 3, 4], 1.01)).problems == []
    assert report(one, other, (5, 25, 6.25, 10, 0.25)).problems == []
    assert report(one, other, None).problems == []
    assert any("other price: read" in text for text in report(one, other, (5, 25, 6.25, 10, 0.25)).lines())


def test_any_folder_becomes_a_home(tmp_path: Path) -> None:
    write(
        tmp_path / "dump",
        {"S0": [], "a/projects/-x/S1": [], "b/projects/-x/S1": [], "b/projects/-x/S1/subagents/agent-a": []},
    )
    assert transcript_home.lay_out(tmp_path / "dump", tmp_path / "home") == 4
    projects = tmp_path / "home/.claude/projects"
    found = sorted(str(file.relative_to(projects)) for file in projects.rglob("*.jsonl"))
    assert found == ["-/S0.jsonl", "-x-2/S1.jsonl", "-x-2/S1/subagents/agent-a.jsonl", "-x/S1.jsonl"]
