"""The edits of files in transcripts, read without Memfog's own rules, to judge what `memfog why` names."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MILLISECONDS = len("2026-01-01T00:00:00.000")


@dataclass
class TranscriptEdits:
    """By file: each edit as (time, session, its added lines without white space, and these as one text)."""

    by_file: dict[str, list[tuple[str, str, frozenset[str], str]]] = field(default_factory=lambda: defaultdict(list))

    def list_files(self) -> list[str]:
        return [name for name, _ in Counter({name: len(edits) for name, edits in self.by_file.items()}).most_common()]

    def has_added(self, name: str, text: str, until: str) -> bool:
        """Whether an edit of a file before a time added a line, or a text that the line is a part of."""
        return any(at <= until and _holds(text, lines, stream) for at, _, lines, stream in self.by_file.get(name, ()))

    def has_named_added(self, session: str, at: str, text: str) -> bool:
        """Whether the edit of a session at a time added a line. The file may have been moved since."""
        return any(
            by == session and time[:MILLISECONDS] == at[:MILLISECONDS] and _holds(text, lines, stream)
            for edits in self.by_file.values()
            for time, by, lines, stream in edits
        )


def _holds(text: str, lines: frozenset[str], stream: str) -> bool:
    words = normalize(text)
    return words in lines or _is_part(words, stream)


def _is_part(words: str, stream: str) -> bool:
    plain = _to_stream(words)
    return bool(plain) and plain in stream


def normalize(text: str) -> str:
    return re.sub(r"[,;]+$", "", re.sub(r"\s+", "", text).replace("'", '"').replace("`", '"'))


def _to_stream(words: str) -> str:
    return re.sub(r"[,;()]", "", words)


def read_edits(transcripts: Path, root: Path) -> TranscriptEdits:
    found = TranscriptEdits()
    for file in transcripts.rglob("*.jsonl"):
        for line in file.read_text(errors="replace").splitlines():
            if '"filePath"' in line:
                _read_line(found, line, root)
    return found


def _read_line(found: TranscriptEdits, line: str, root: Path) -> None:
    try:
        record = json.loads(line)
    except ValueError:
        return
    result = record.get("toolUseResult") if isinstance(record, dict) else None
    if not isinstance(result, dict) or not str(result.get("filePath", "")).startswith(f"{root}/"):
        return
    added = [normalize(text) for text in _list_added(result)]
    if lines := frozenset(filter(None, added)):
        name = str(Path(result["filePath"]).relative_to(root))
        stream = _to_stream("".join(added))
        found.by_file[name].append((str(record.get("timestamp", "")), str(record.get("sessionId", "")), lines, stream))


def _list_added(result: dict[str, Any]) -> list[str]:
    hunks = result.get("structuredPatch") or []
    if lines := [text[1:] for hunk in hunks for text in hunk.get("lines", ()) if text.startswith("+")]:
        return lines
    return str(result["content"]).splitlines() if result.get("type") == "create" and result.get("content") else []
