"""Counts answers and sessions in transcripts, by rules of its own: nothing here reads them as the client does."""

import codecs
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# An answer with an id like this is one answer wherever it is written.
UNIQUE_ID = re.compile(r"msg_[\w-]{16,}")


@dataclass(slots=True)
class TranscriptCount:
    """Counts of the files: sessions with messages, answers by their unique id, and other answers."""

    files: int = 0
    bytes: int = 0
    sessions: set[str] = field(default_factory=set)
    answers: set[str] = field(default_factory=set)
    other_answers: int = 0


def count_transcripts(folder: Path) -> TranscriptCount:
    count = TranscriptCount()
    for file in sorted(set(_list_files(folder))):
        data = file.read_bytes()
        count.files += 1
        count.bytes += len(data)
        for line in _to_utf_8(data).split(b"\n"):
            _count_line(count, _parse(line))
    return count


def _list_files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (Path(parent, name).resolve() for name in names if name.endswith(".jsonl"))


def _to_utf_8(data: bytes) -> bytes:
    """A shell of Windows that copied a transcript may have written UTF-16."""
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16", "replace").encode("utf-8", "replace") if is_utf_16 else data


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line.strip(b"\0\xef\xbb\xbf \r\t"))
    except ValueError:
        return None


def _count_line(count: TranscriptCount, line: Any) -> None:
    message = line.get("message") if isinstance(line, dict) else None
    if not isinstance(message, dict) or line.get("type") not in ("user", "assistant") or "timestamp" not in line:
        return
    if isinstance(line.get("sessionId"), str):
        count.sessions.add(line["sessionId"])
    is_answer = line["type"] == "assistant" and isinstance(message.get("usage"), dict)
    if is_answer and message.get("model") != "<synthetic>" and isinstance(message.get("id"), str):
        if UNIQUE_ID.fullmatch(message["id"]):
            count.answers.add(message["id"])
        else:
            count.other_answers += 1
