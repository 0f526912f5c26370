"""Compares the content of transcripts with what the server has of it. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from memory.rules.tool_catalog import TOOLS
from script.import_check.transcript_count import TranscriptCount

MAX_LISTED = 10
_SKIPPED = re.compile(r"^Skipped (.*)$", re.MULTILINE)
_IMPORTED = re.compile(r"^Imported (\d+) event", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Report:
    """The lines to print, and the differences among them."""

    lines: Sequence[str]
    differences: Sequence[str]


def build_report(
    files: TranscriptCount,
    events: Sequence[Any],
    sessions: Sequence[Any],
    *,
    output: str,
    again: str,
    errors: Sequence[str],
) -> Report:
    counted = {event["kind"]["data"].get("message_id") for event in _of_kind(events, "Usage")}
    differences = [
        *_list_some("answer not counted", files.answers - counted),
        *_list_some("page with an error", errors),
        *_list_some("session without title and reason", _find_unexplained(sessions)),
        *_list_some("session of a transcript that is missing", _find_missing(files, sessions)),
        *([] if (found := _IMPORTED.search(again)) and found[1] == "0" else ["the second import found something new"]),
    ]
    lines = [
        f"sessions: {len(sessions)}, in the files: {len(files.sessions)}",
        f"automated: {sum(bool(session.get('automated')) for session in sessions)}",
        f"without title: {_describe(_reason(one) for one in sessions if not one['title'])}",
        f"without prompt: {_describe(_reason(one) for one in sessions if not one['prompts'])}",
        f"states: {_describe(' '.join((one['state'], one['reason'])).strip() for one in sessions)}",
        f"events: {_describe(_name_of(event) for event in events)}",
        f"tools without a row in the catalog: {_describe(_list_unknown_tools(events))}",
        f"passed over: {'; '.join(_SKIPPED.findall(output)) or 'nothing'}",
        f"answers: {len(files.answers)} in the files, {len(files.answers & counted)} of them counted, "
        f"and {files.other_answers} lines with ids that are not unique",
        f"differences: {len(differences) or 'none'}",
        *(f"  {difference}" for difference in differences),
    ]
    return Report(lines, differences)


def _reason(session: Any) -> str:
    """Says what a session without a title or a prompt consists of; empty if nothing says it."""
    parts = (("tools", "tool calls"), ("subagents", "subagents"), ("output_tokens", "answers"))
    found = [name for key, name in parts if session[key]]
    return " and ".join(found) or (f"began by {session['source']}" if session["source"] else "")


def _find_unexplained(sessions: Iterable[Any]) -> Iterator[str]:
    return (one["id"] for one in sessions if not one["title"] and not _reason(one))


def _find_missing(files: TranscriptCount, sessions: Iterable[Any]) -> set[str]:
    return files.sessions - {session["id"] for session in sessions}


def _of_kind(events: Iterable[Any], kind: str) -> Iterator[Any]:
    return (event for event in events if event["kind"]["type"] == kind)


def _name_of(event: Any) -> str:
    kind = event["kind"]
    return str(kind["data"]["hook"] if kind["type"] == "HookEvent" else kind["type"])


def _list_unknown_tools(events: Iterable[Any]) -> Iterator[str]:
    for event in _of_kind(events, "HookEvent"):
        name = event["kind"]["data"]["data"].get("tool_name")
        if event["kind"]["data"]["hook"] == "pre_tool_use" and name not in TOOLS and not str(name).startswith("mcp__"):
            yield str(name)


def _describe(names: Iterable[str]) -> str:
    counts = Counter(names)
    parts = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return f"{counts.total()} ({parts})" if counts else "0"


def _list_some(name: str, found: Iterable[str]) -> list[str]:
    listed = sorted(found)
    rest = [f"{name}: and {len(listed) - MAX_LISTED} more"] if len(listed) > MAX_LISTED else []
    return [f"{name}: {one}" for one in listed[:MAX_LISTED]] + rest
