from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render.feed_row import FeedRow
from dashboard.render.row_text import HOOKS, make_row
from dashboard.render.tool_labels import relative_path
from memory.rules.tool_catalog import TOOLS
from tests.dashboard.hostile import HOSTILE, UNSEEN
from tests.dashboard.payloads import NAMES, event
from tests.dashboard.reads import READS
from tests.dashboard.told import parsed


def test_every_recorded_payload_has_a_line_in_the_table() -> None:
    assert sorted(READS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_payload_reads_well(name: str) -> None:
    made = make_row(parsed(event(name, root="/home/dev/my-repo")))
    assert (made.icon, made.verb, made.target, made.outcome, made.tone) == READS[name]
    assert made.session in {"11111111"}


def hooked(hook: str, data: object, **envelope: object) -> FeedRow:
    return make_row(parsed({"kind": {"type": "HookEvent", "data": {"hook": hook, "data": data}}, **envelope}))


def used(tool: str, **given: Any) -> FeedRow:
    return hooked("pre_tool_use", {"tool_name": tool, "tool_input": given}, project="/p/app", root="/p")


@pytest.mark.parametrize(
    ("tool", "given", "target"),
    [
        ("Bash", {"command": "npm test\nnpm run lint"}, "npm test …"),
        ("Edit", {"file_path": "/p/app/billing/models.py"}, "app/billing/models.py"),
        ("Read", {"file_path": "/etc/hosts"}, "/etc/hosts"),
        ("NotebookEdit", {"notebook_path": "/p/a.ipynb"}, "a.ipynb"),
        ("Grep", {"pattern": "def total", "path": "/p/app"}, "def total"),
        ("Grep", {"pattern": "def total", "path": "/p/app/billing"}, "def total in app/billing"),
        ("Glob", {"pattern": "**/*.py"}, "**/*.py"),
        ("WebFetch", {"url": "https://user:secret@docs.example.com:8080/a?b=c"}, "docs.example.com"),
        ("WebFetch", {"url": "http://["}, "http://["),
        ("WebSearch", {"query": "sqlite wal"}, "sqlite wal"),
        ("Agent", {"description": "Look around"}, "Look around"),
        ("Task", {"description": "Look around"}, "Look around"),
        ("TaskUpdate", {"taskId": "3", "status": "in_progress"}, "#3 → in_progress"),
        ("TodoWrite", {"todos": [{"status": "completed"}, {"status": "pending"}, 7]}, "1 of 3 done"),
        ("AskUserQuestion", {"questions": [{"question": "Which one?"}]}, "Which one?"),
        ("mcp__lab__echo", {"text": "over MCP"}, "over MCP"),
        ("NeverHeardOf", {"n": 1, "what": "this"}, "this"),
    ],
)
def test_a_tool_says_what_it_was_used_on(tool: str, given: dict[str, Any], target: str) -> None:
    assert used(tool, **given).target == target


def test_the_server_of_a_tool_over_mcp_is_told() -> None:
    assert used("mcp__lab_two__echo").verb == "lab_two · echo"


@pytest.mark.parametrize(
    ("path", "folders", "shown"),
    [
        ("/p/app/a.py", ("/p/app",), "a.py"),
        ("/p/application/a.py", ("/p/app",), "/p/application/a.py"),
        ("C:\\work\\a.py", ("C:\\work\\",), "a.py"),
        ("/a.py", ("/",), "/a.py"),
        ("a.py", ("",), "a.py"),
    ],
)
def test_a_path_is_told_from_its_project(path: str, folders: tuple[str, ...], shown: str) -> None:
    assert relative_path(path, folders) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (9, "✓ 9 ms"),
        (4230, "✓ 4.2 s"),
        (131_000, "✓ 2 min 11 s"),
        (7_260_000, "✓ 2 h 1 min"),
        (-1, "✓"),
        (True, "✓"),
        (1e400, "✓"),
    ],
)
def test_a_duration_is_told(ms: object, shown: str) -> None:
    assert hooked("post_tool_use", {"tool_name": "X", "duration_ms": ms}).outcome == shown


@pytest.mark.parametrize(
    ("envelope", "name"),
    [
        ({"repo": "github.com/ada/shop", "root": "/x", "project": "/y"}, "shop"),
        ({"root": "/home/ada/shop/", "project": "/home/ada/shop/sub"}, "shop"),
        ({"project": "C:\\work\\shop"}, "shop"),
        ({"project": "/"}, "/"),
        ({"project": ""}, ""),
    ],
)
def test_a_project_has_a_short_name(envelope: dict[str, str], name: str) -> None:
    assert make_row(parsed({"kind": {}, **envelope})).project == name


def test_the_two_halves_of_a_tool_use_share_a_key_within_their_session() -> None:
    before, after = make_row(parsed(event("PreToolUse"))), make_row(parsed(event("PostToolUse")))
    assert before.merge_key == after.merge_key != ""
    assert (before.is_open, after.is_open) == (True, False)
    assert make_row(parsed(event("PostToolUse", session_id="another"))).merge_key != after.merge_key
    assert make_row(parsed(event("Stop"))).merge_key == ""


@pytest.mark.parametrize(
    ("kind", "data", "read"),
    [
        (
            "Usage",
            {"model": "claude-opus-5-5", "input_tokens": 1_000, "output_tokens": 20},
            "claude-opus-5-5 1,020 tokens",
        ),
        ("ContextInjected", {"items": [{"id": "o-1"}], "tokens": 812}, "1 item of memory 812 tokens"),
        ("ContextInjected", {"items": "x"}, "0 items of memory "),
        ("SpoolDropped", {"dropped": 40, "reason": "full"}, "40 events lost on the way full"),
    ],
)
def test_what_the_client_tells_of_itself_reads_well(kind: str, data: dict[str, Any], read: str) -> None:
    made = make_row(parsed({"kind": {"type": kind, "data": data}}))
    assert f"{made.target} {made.outcome}" == read


@pytest.mark.parametrize(
    ("kind", "verb", "target"),
    [
        ({"type": "Prompt", "data": {"text": "Hello\nthere"}}, "Prompt", "Hello …"),
        ({"type": "Weather", "data": {"sky": "fog"}}, "Weather", "fog"),
        ({"type": "HookEvent", "data": {"hook": "tea_time", "data": {"kind": "green"}}}, "Tea time", "green"),
        ({"type": "HookEvent", "data": {"hook": "stop", "data": "[redacted]"}}, "Turn done", ""),
        ({"type": 7, "data": []}, "Event", ""),
        (None, "Event", ""),
    ],
)
def test_what_nobody_knows_still_reads(kind: object, verb: str, target: str) -> None:
    made = make_row(parsed({"kind": kind}))
    assert (made.verb, made.target) == (verb, target)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "session_id",
        "tool_name",
        "tool_input",
        "tool_response",
        "tool_use_id",
        "error",
        "duration_ms",
        "prompt",
        "agent_type",
        "agent_id",
        "cwd",
        "message",
        "notification_type",
        "is_interrupt",
        "last_assistant_message",
        "model",
        "source",
        "reason",
        "tool_calls",
    ]
)
INPUT = st.dictionaries(
    st.sampled_from(["file_path", "command", "pattern", "path", "url", "todos", "questions", "taskId"]), JSON
)
RESPONSE = st.dictionaries(
    st.sampled_from(["structuredPatch", "type", "content", "file", "numFiles", "isAsync", "stdout"]), JSON
)
DATA = st.dictionaries(FIELDS, JSON, max_size=8) | st.fixed_dictionaries(
    {"tool_name": st.sampled_from(sorted(TOOLS)), "tool_input": INPUT, "tool_response": RESPONSE}
)


@given(st.sampled_from(sorted(HOOKS)) | st.text(max_size=20), DATA | JSON, JSON, JSON)
def test_nothing_that_is_captured_breaks_a_row(hook: str, data: object, project: object, root: object) -> None:
    check(hooked(hook, data, project=project, root=root, ts=7, repo=[]))


@given(JSON)
def test_no_event_of_any_shape_breaks_a_row(anything: object) -> None:
    check(make_row(parsed(anything)))
    check(make_row(parsed({"kind": anything, "project": anything})))


def check(made: FeedRow) -> None:
    for text in (made.icon, made.verb, made.target, made.outcome, made.project, made.session, made.agent):
        assert len(text) <= 250
        assert not {"\n", *UNSEEN} & set(text)
        text.encode()
    assert made.merge_key == "" or len(made.merge_key) == 16
    assert 0 <= made.hue < 12


def test_marks_of_markdown_are_left_out_of_a_row() -> None:
    row = hooked("stop", {"session_id": "s", "last_assistant_message": "## It is **done**: see `train.py`.\n\nMore"})
    assert row.target.startswith("It is done: see train.py.")
