"""No coroutine renders, parses or looks up captured values: this would block the event loop, which serves all users."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("events", "memory", "dashboard", "sync")
# Functions whose time grows with captured text (last part of the name). Work for a thread passes them, without a call.
WORK = frozenset(
    {
        "build_map",
        "build_step",
        "build_turn_views",
        "build_turns",
        "compact_json",
        "decompress",
        "filter_records",
        "find_documents",
        "find_session",
        "format_json",
        "get_text",
        "highlight_code",
        "highlight_terminal",
        "load_by_seqs",
        "load_head",
        "load_live_timeline",
        "load_page",
        "load_session_page",
        "loads",
        "make_lines",
        "make_markdown",
        "make_row",
        "merge_rows",
        "parse",
        "parse_event",
        "read_body",
        "render",
        "render_body",
        "render_context",
        "render_head",
        "render_inline_code",
        "render_markdown",
        "render_page",
        "render_row",
        "render_rows",
        "render_text",
        "render_timeline_update",
        "render_to_string",
        "scan_backwards",
        "skim",
        "to_event_text",
        "to_records",
        "to_wire",
    }
)
# Calls with bounded input, and calls of other functions with the same name.
ALLOWED = {
    ("events/endpoints/log_follower.py", "_send_batch", "render"): "a coroutine of its own",
    (
        "events/endpoints/stream_reader.py",
        "load_after",
        "to_records",
    ): "at most `MAX_INLINE_BYTES`; more goes to a thread",
    ("events/endpoints/ingest.py", "ingest", "read_body"): "receives the body of a request",
    ("memory/mcp_server/mcp_endpoint.py", "handle_message", "read_body"): "receives the body of a request",
    ("events/endpoints/deletion_api.py", "delete_events", "read_body"): "receives the body of a request",
}


def calls() -> Iterator[tuple[str, str, str]]:
    """Yields file, coroutine and called name (its last part) of each call, except in functions within the coroutine."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.AsyncFunctionDef):
                    for name in _called(node):
                        yield path.relative_to(ROOT).as_posix(), node.name, name


def _called(node: ast.AST) -> Iterator[str]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(inner, ast.Call):
            name = inner.func
            yield name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        yield from _called(inner)


def test_no_coroutine_does_what_grows_with_captured_text() -> None:
    assert [call for call in calls() if call[2] in WORK and call not in ALLOWED] == []


@pytest.mark.parametrize("name", sorted(WORK & {"render", "to_records", "read_body"}))
def test_the_look_at_coroutines_sees_calls(name: str) -> None:
    assert name in {call[2] for call in calls()}


def test_every_name_that_is_looked_for_is_one_of_the_product() -> None:
    """After a rename, an old name in this list would find no call, and no test would fail."""
    text = "\n".join(path.read_text() for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    assert WORK - set(re.findall(r"\w+", text)) == set()
    named = {(file, coroutine) for file, coroutine, _ in calls()}
    assert {(file, coroutine) for file, coroutine, _ in ALLOWED} <= named
