"""The rules by which ccusage 20.0.24 counts the lines of transcripts, as its answers to made-up files show them.

They explain a difference, and reproduce the numbers of ccusage exactly.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from script.benchmarks.shared.usage_cells import FAST, Amounts, Cell, empty_cells

_USAGE = '"usage":{'
# A line with null in one of these is skipped as a whole, wherever the member stands.
_NULL = re.compile(
    r'"(id|cwd|model|speed|costUSD|version|sessionId|requestId|isApiErrorMessage|cache_read_input_tokens|'
    r'cache_creation_input_tokens)":null'
)
_ITERATIONS = re.compile(r'"iterations":\[[^\]]*\]')
_VERSION = re.compile(r"\d+\.\d+\.\d")
_COUNTS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


@dataclass(frozen=True)
class Line:
    """A line with the usage of an answer."""

    message_id: str | None
    request_id: str | None
    session_id: str
    timestamp: str
    type: str
    model: str
    is_sidechain: bool
    is_skipped: bool
    tokens: tuple[int, ...]
    is_fast: bool

    @property
    def cell(self) -> Cell:
        return Cell(self.timestamp[:10], self.model + (FAST if self.is_fast else ""))

    @property
    def key(self) -> tuple[str | None, ...]:
        """Lines with one key count once. Without a request, the session and the time tell answers apart."""
        return (
            (self.message_id, self.request_id)
            if self.request_id
            else (self.message_id, self.session_id, self.timestamp)
        )


def read_lines(projects: Path) -> list[Line]:
    files = sorted(projects.rglob("*.jsonl"), key=str)
    return [line for file in files for text in _iter_texts(file) for line in _parse_lines(text, file)]


def _iter_texts(file: Path) -> Iterator[str]:
    with file.open("rb") as content:
        for row in content:
            text = row.decode("utf-8", "replace")
            if '"usage"' in text:
                yield text


def _parse_lines(text: str, file: Path) -> Iterator[Line]:
    try:
        row = json.loads(text)
    except ValueError:
        return
    if not isinstance(row, dict):
        return
    outer, row = row, _find_answer(row)
    message = row.get("message")
    usage = message.get("usage") if isinstance(message, dict) else None
    timestamp = _to_utc(str(row.get("timestamp")))
    if not isinstance(message, dict) or not isinstance(usage, dict) or timestamp is None:
        return
    session = outer.get("sessionId") or file.stem
    skipped = _USAGE not in text or _is_skipped(text, row, usage)
    parts = [(message.get("id"), message.get("model"), usage)]
    for index, part in enumerate(usage.get("iterations") or []):
        if isinstance(part, dict) and part.get("type") == "advisor_message" and part.get("model"):
            parts.append((f"{message.get('id')}:advisor:{index}", part["model"], part))
    for message_id, model, counts in parts:
        yield Line(
            message_id,
            row.get("requestId"),
            session,
            timestamp,
            outer.get("type", ""),
            str(model),
            row.get("isSidechain") is True,
            skipped,
            _count_tokens(counts),
            counts.get("speed") == "fast",
        )


def _find_answer(row: dict[str, Any]) -> dict[str, Any]:
    """The answer in the progress line of an agent, else the line itself."""
    data = row.get("data")
    inner = data.get("message") if isinstance(data, dict) else None
    if "message" not in row and isinstance(inner, dict) and isinstance(inner.get("message"), dict):
        return inner
    return row


def _is_skipped(text: str, row: dict[str, Any], usage: dict[str, Any]) -> bool:
    without_iterations = _ITERATIONS.sub("", text)
    version = row.get("version")
    required = all(type(usage.get(name)) is int and usage[name] >= 0 for name in _COUNTS[:2])
    return (
        bool(_NULL.search(without_iterations))
        or not required
        or (isinstance(version, str) and not _VERSION.match(version))
    )


def _count_tokens(usage: dict[str, Any]) -> tuple[int, ...]:
    """Counts tokens. Two lifetimes of cache writes come before their total, even if their sum differs from it."""
    counts = [count if type(count := usage.get(name)) is int and count >= 0 else 0 for name in _COUNTS]
    lives = usage.get("cache_creation")
    if isinstance(lives, dict):
        counts[2] = sum(int(lives.get(f"ephemeral_{life}_input_tokens") or 0) for life in ("5m", "1h"))
    return tuple(counts)


def _to_utc(timestamp: str) -> str | None:
    try:
        return datetime.fromisoformat(timestamp).astimezone(UTC).isoformat()
    except ValueError:
        return None


def select_lines(lines: list[Line]) -> list[Line]:
    """The lines that it counts, in the order of files."""
    counted: list[Line] = []
    by_key: dict[tuple[str | None, ...], int] = {}
    by_message: dict[tuple[str | None, str], list[int]] = {}
    for line in lines:
        if line.is_skipped:
            continue
        at = by_key.get(line.key) if line.message_id else None
        if at is None and line.message_id:
            same = by_message.get((line.message_id, line.session_id), [])
            at = next((one for one in same if line.is_sidechain or counted[one].is_sidechain), None)
        if at is None:
            at = len(counted)
            counted.append(line)
            by_message.setdefault((line.message_id, line.session_id), []).append(at)
        elif _replaces(line, counted[at]):
            counted[at] = line
            by_message.setdefault((line.message_id, line.session_id), []).append(at)
        else:
            continue
        if line.message_id:
            by_key[line.key] = at
    return counted


def _replaces(line: Line, counted: Line) -> bool:
    """A line of the main conversation comes before one of a sidechain; then the larger sum of tokens wins."""
    if line.is_sidechain != counted.is_sidechain:
        return counted.is_sidechain
    return sum(line.tokens) > sum(counted.tokens)


def sum_counted(counted: list[Line]) -> dict[Cell, Amounts]:
    cells = empty_cells()
    for line in counted:
        if line.model != "<synthetic>":
            cells[line.cell].add(line.tokens)
    return cells
