"""Captured values are text on every page: a real browser runs no code in them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.dashboard.hostile import HOSTILE
from tests.dashboard.looking import looking
from tests.dashboard.payloads import NAMES, event, payload
from tests.dashboard.visitor import sign_in
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.browser

# Each of these strings would set `window.caught` if a browser ran it.
MARKING = [
    "<script>window.caught = 'script'</script>",
    "<img src=x onerror=\"window.caught = 'img'\">",
    "<svg onload=\"window.caught = 'svg'\"><a href='javascript:1'>x</a></svg>",
    '"><iframe srcdoc="<script>parent.caught = \'frame\'</script>"></iframe>',
    "' autofocus onfocus='window.caught = 1' x='",
    "[click](javascript:window.caught='link') ![x](https://elsewhere.example/p.png) <https://elsewhere.example>",
    "</pre></td></table><math><mtext></form><form><mglyph><style><img src onerror=window.caught=1></style>",
    "</title><base href=https://elsewhere.example/><style>*{display:none}</style><!-- ",
    "\x1b[31m<b onmouseover=window.caught=1>\x1b]8;;javascript:window.caught=1\x07x\x1b]8;;\x07",
    "```\"><script>window.caught='fence'</script>\n<u>x\n```",
]
# Fields that keep their values: they identify the hook, the session, the agent and the tool call.
KEPT = {"hook_event_name", "session_id", "agent_id", "tool_use_id", "notification_type", "source", "trigger"}
TOOLS: dict[str, dict[str, Any]] = {
    "MultiEdit": {"edits": [{"old_string": "x", "new_string": "y"}]},
    "NotebookEdit": {"new_source": "x", "cell_id": "y"},
    "Grep": {"pattern": "x", "glob": "y"},
    "Glob": {"pattern": "x"},
    "WebFetch": {"url": "x", "prompt": "y"},
    "WebSearch": {"query": "x"},
    "TodoWrite": {"todos": [{"content": "x", "status": "pending"}]},
    "AskUserQuestion": {"questions": [{"question": "x", "options": [{"label": "a", "description": "b"}]}]},
    "ExitPlanMode": {"plan": "x"},
}
RESPONSE = {"stdout": "x", "stderr": "x", "content": "x", "filenames": ["x"], "results": ["x"], "result": "x"}


def poisoned(value: Any, hostile: str) -> Any:
    """Returns this value with all strings replaced, except fields in `KEPT`."""
    if isinstance(value, dict):
        return {name: inner if name in KEPT else poisoned(inner, hostile) for name, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner, hostile) for inner in value]
    return hostile if isinstance(value, str) else value


def attack(hostile: str, session: str) -> list[dict[str, Any]]:
    """Returns events of all payloads of the host, with this string in each of their fields."""
    told = [(name, poisoned(payload(name), hostile) | {"tool_name": _tool(name)}) for name in NAMES]
    for tool, given in TOOLS.items():
        over = {"tool_name": tool, "tool_input": poisoned(given, hostile), "tool_response": poisoned(RESPONSE, hostile)}
        told.append(("PostToolUse", over))
    told.append(("PostToolUse", {"tool_name": hostile, "tool_input": {hostile: hostile}, "tool_response": hostile}))
    return [_sent(name, data | {"session_id": session, "tool_use_id": f"{at}"}) for at, (name, data) in enumerate(told)]


def _sent(name: str, data: dict[str, Any]) -> dict[str, Any]:
    sent, hostile = event(name), data.get("cwd", "/home/dev")
    sent["kind"]["data"]["data"] = {"hook_event_name": "x", **data}
    return sent | {"project": hostile, "root": hostile, "repo": hostile}


def _tool(name: str) -> str:
    return str(payload(name).get("tool_name", ""))


def everything_opened(page: Page) -> None:
    """Opens all collapsed elements of the page, and loads their content."""
    for _ in range(3):
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        page.wait_for_load_state("networkidle")


def check(page: Page) -> None:
    assert page.evaluate("window.caught") is None
    foreign = "[...document.scripts].filter((script) => !script.src.startsWith(location.origin)).length"
    assert page.evaluate(foreign) == 0
    assert page.locator("iframe, object, embed, base, img, form form, [onerror], [onload], [style]").count() == 0
    links = page.evaluate("[...document.querySelectorAll('a')].map((link) => link.protocol || 'none')")
    assert set(links) <= {"http:", "https:", "mailto:", "none"}
    assert page.locator("main h1").count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("at", range(0, len(MARKING), 2))
def test_nothing_that_was_captured_runs(server: Server, alice: Person, at: int) -> None:
    session = "hostile-session"
    alice.push(*attack(MARKING[at] + MARKING[at + 1] + HOSTILE[at], session))
    with looking(server, alice) as page:
        for path in (
            *("/", "/sessions", "/sessions?as=cards", f"/sessions/{session}", f"/sessions/{session}?at=end"),
            *("/search?q=type:prompt", "/search?q=x", "/memory"),
            *(f"/sessions/{session}/{view}" for view in ("conversation", "files", "raw", "map", "delete")),
        ):
            page.goto(path)
            everything_opened(page)
            check(page)
        page.keyboard.press("Control+k")
        page.wait_for_selector("#palette-options [data-session]")
        check(page)


def test_an_exported_page_runs_nothing_and_loads_nothing(
    server: Server, http: httpx.Client, alice: Person, tmp_path: Path
) -> None:
    alice.push(*(sent for number, hostile in enumerate(MARKING) for sent in attack(hostile, f"session-{number}")))
    sign_in(http, alice.user)
    with looking(server, alice) as page:
        for number in range(len(MARKING)):
            saved = tmp_path / f"{number}.html"
            saved.write_bytes(http.get(f"/export/session?id=session-{number}&as=html").content)
            page.goto(saved.as_uri())
            assert page.evaluate("window.caught") is None
            assert page.locator("h1").count() == 1
            assert page.locator("script, iframe, img, link, base, [onerror], [onload]").count() == 0
