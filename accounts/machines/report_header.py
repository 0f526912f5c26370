"""The header by which a client reports on its machine: contract §3. Pure.

`Memfog-Machine: {"name": "laptop", "version": "0.4.0", "build": "1a2b3c4d", "waiting": 12, "oldest_s": 40,
"refused": 0}`
"""

import json
import re
from dataclasses import dataclass

HEADER_NAME = "memfog-machine"
MAX_HEADER_CHARS = 2_048
MAX_NAME_CHARS = 200
MAX_COUNT = 10**9  # also of seconds: 30 years
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}", re.ASCII)
_BUILD = re.compile(r"[0-9a-f]{0,16}")


@dataclass(frozen=True, slots=True)
class ReportedMachine:
    """What a machine reports of itself: its client, how many events wait there, and how long the oldest has waited."""

    name: str
    version: str
    build: str
    waiting: int
    oldest_s: int
    refused: int


def parse_header(text: str) -> ReportedMachine | None:
    """Parses a report; None for any other text. A report never decides about the events beside it."""
    if not text or len(text) > MAX_HEADER_CHARS:
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _parse_values(values) if isinstance(values, dict) else None


def _parse_values(values: dict[str, object]) -> ReportedMachine | None:
    name, version, build = values.get("name"), values.get("version"), values.get("build", "")
    counts = [_parse_count(values.get(key, 0)) for key in ("waiting", "oldest_s", "refused")]
    if not isinstance(name, str) or not _is_name(name):
        return None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return None
    if not isinstance(build, str) or not _BUILD.fullmatch(build):
        return None
    waiting, oldest_s, refused = counts
    if waiting is None or oldest_s is None or refused is None:
        return None
    return ReportedMachine(name, version, build, waiting, oldest_s, refused)


def _parse_count(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= MAX_COUNT else None


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME_CHARS and text.isprintable() and not text.isspace()
