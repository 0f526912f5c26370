"""No coroutine lays out, parses or looks up what was captured: the event loop serves everybody."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("events", "memory", "dashboard", "sync")
# What takes time that grows with captured text, by the last part of its name; in a thread it is passed, not called.
WORK = frozenset(
    {
        *(
            "render",
            "render_to_string",
            "markdown",
            "lay_out",
            "row",
            "shown",
            "newest_first",
            "merged",
            "html",
            "steps",
        ),
        *(
            "loads",
            "unpacked",
            "records",
            "lines",
            "code",
            "terminal",
            "chapters",
            "turns",
            "happened",
            "piece",
            "head",
        ),
        *(
            "head",
            "fitting",
            "numbered",
            "find",
            "stretch",
            "growing",
            "text",
            "wire",
            "one_line",
            "draw",
            "body",
            "card",
        ),
    }
)
# Bounded before they are called, or not what their name says.
ALLOWED = {
    ("dashboard/feed/live_stream.py", "rows", "head"): "response headers",
    ("dashboard/session/session_export.py", "_send", "head"): "response headers",
    ("dashboard/account_pages/export_download.py", "_send_to_sign_in", "head"): "response headers",
    ("events/endpoints/export_api.py", "_stream", "head"): "response headers",
    ("events/endpoints/async_http.py", "_answer", "head"): "response headers",
    ("events/endpoints/event_stream.py", "_follow", "head"): "response headers",
    ("events/endpoints/event_stream.py", "catch_up", "render"): "a coroutine of its own",
    ("events/endpoints/stream_reader.py", "_after", "records"): "at most `INLINE_BYTES`; more goes to a thread",
    ("events/endpoints/ingest.py", "ingest", "body"): "receives the body of a request",
    ("memory/mcp_server/mcp_endpoint.py", "mcp", "body"): "receives the body of a request",
    ("events/endpoints/deletion_api.py", "delete", "body"): "receives the body of a request",
}


def calls() -> Iterator[tuple[str, str, str]]:
    """File, coroutine and the last part of the name of each call in it; not those in functions that it passes on."""
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


@pytest.mark.parametrize("name", sorted(WORK & {"render", "head", "records", "body"}))
def test_the_look_at_coroutines_sees_calls(name: str) -> None:
    assert name in {call[2] for call in calls()}
