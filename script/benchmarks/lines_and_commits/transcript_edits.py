"""The edits of files in transcripts, read without Memfog's own rules, to judge what `memfog why` names."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_REDACTED = re.compile(r"\[redacted:[\w-]{1,40}\]")


@dataclass
class TranscriptEdits:
    """By file: each edit as (time, session, its added lines without white space, and these as one text)."""

    by_file: dict[str, list[tuple[str, str, frozenset[str], str]]] = field(default_factory=lambda: defaultdict(list))

    def list_files(self) -> list[str]:
        return [name for name, _ in Counter({name: len(edits) for name, edits in self.by_file.items()}).most_common()]

    def has_added(self, name: str, text: str, *, session: str = "", until: str = "9") -> bool:
        """Whether an edit, of a session or before a time, added a line, or a text that the line is a part of.

        A file that was moved had another name: then edits of all files of that last name count, too.
        """
        words, last_name = normalize(text), name.rpartition("/")[2]
        pools = [self.by_file.get(name, []), *(v for k, v in self.by_file.items() if k.rpartition("/")[2] == last_name)]
        for pool in pools if session else pools[:1]:
            for at, by, lines, stream in pool:
                if (not session or by == session) and at <= until and (words in lines or _is_part(words, stream)):
                    return True
        return False


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
