import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render import tool_bodies
from dashboard.render.render_parts import (
    ChecklistPart,
    DiffPart,
    FactsPart,
    LinesPart,
    MarkdownPart,
    QuestionPart,
    RenderPart,
)
from dashboard.render.timeline_steps import ToolCall, ToolCallState, walk_steps
from dashboard.render.tool_bodies import BODIES
from dashboard.session import timeline
from memory.rules.tool_catalog import TOOLS, get_tool
from tests.dashboard.hostile import HOSTILE, UNSEEN
from tests.dashboard.payloads import NAMES, payload
from tests.dashboard.render.test_rows import JSON
from tests.dashboard.safe import harm, words
from tests.dashboard.told import body, happened

RECORDED = [name for name in NAMES if "tool_use_id" in payload(name)]


def facts(made: list[RenderPart]) -> dict[str, str]:
    return {name: words(value) for part in made if isinstance(part, FactsPart) for name, value in part.pairs}


def lines(made: list[RenderPart], tone: str) -> list[str]:
    return [words(line) for part in made if isinstance(part, LinesPart) and part.tone == tone for line in part.lines]


def everything(made: list[RenderPart]) -> str:
    """Returns all HTML of these parts."""
    told: list[str] = []
    for part in made:
        match part:
            case LinesPart() | DiffPart() | MarkdownPart():
                told.append(part.html)
            case FactsPart():
                told += [value for _, value in part.pairs]
            case ChecklistPart():
                told += [item.text for item in part.items]
            case QuestionPart():
                told += [part.question, part.answer, *(text for option in part.options for text in option[:2])]
    return "\n".join(told)


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_use_has_a_body(name: str) -> None:
    [turn] = timeline.build_turns([happened(1, name)])
    [use] = [block for block in walk_steps(turn.steps) if isinstance(block, ToolCall)]
    assert get_tool(use.name).family in BODIES or use.name.startswith("mcp__")
    assert harm(everything(tool_bodies.render_body(use))) == []
    assert tool_bodies.render_body(use) or not use.tool_input  # a tool call without input has no body before its result


def test_every_tool_has_a_body_here() -> None:
    """Except tools whose plain input and result are clear without a body of their own."""
    plain = {tool.name for tool in TOOLS.values() if tool.family not in BODIES}
    assert plain == {
        *("KillShell", "KillBash", "TaskOutput", "TaskStop", "Skill", "EnterPlanMode", "ToolSearch", "SendMessage"),
        *("ListAgents", "StructuredOutput"),
        *("Workflow", "ScheduleWakeup", "Monitor", "CronCreate", "CronDelete", "CronList", "RemoteTrigger", "SetGoal"),
        *("EnterWorktree", "ExitWorktree", "Artifact", "ReportFindings", "PushNotification", "ReadNotifications"),
        *("SendUserMessage", "SendUserFile", "ListMcpResources", "ListMcpResourcesTool"),
        *("ReadMcpResource", "ReadMcpResourceTool", "ReadMcpResourceDir", "ReadMcpResourceDirTool"),
    }


def test_a_command_shows_what_was_typed_and_what_came() -> None:
    response = {"stdout": "\x1b[32mok\x1b[0m\n", "stderr": "warned", "interrupted": True, "backgroundTaskId": "b1"}
    made = body("Bash", {"command": "npm test\nnpm run lint"}, response)
    assert lines(made, "command") == ["npm test", "npm run lint"]
    assert '<span class="a2">ok</span>' in everything(made)
    assert lines(made, "wrong") == ["warned"]
    assert facts(made) == {"Interrupted": "yes", "Runs on in the background as": "b1"}


def test_a_failed_command_shows_its_exit_code_and_its_output() -> None:
    made = body("Bash", {"command": "npm test"}, error="Exit code 2\n2 failed\n1 passed", state=ToolCallState.FAILED)
    assert lines(made, "wrong") == ["2 failed", "1 passed"]
    assert facts(made) == {"Exit code": "2"}


def test_an_image_is_said_and_not_shown() -> None:
    made = body("Bash", {"command": "cat a.png"}, {"stdout": "data:image/png;base64,AAAA", "isImage": True})
    assert facts(made) == {"Output": "an image"}
    assert lines(made, "terminal") == []


def test_an_edit_is_its_patch_with_the_numbers_of_the_lines() -> None:
    [change] = body("Edit", payload("PostToolUse.Edit")["tool_input"], payload("PostToolUse.Edit")["tool_response"])
    assert isinstance(change, DiffPart)
    assert (change.added, change.removed) == (1, 1)
    was = '<td data-n="2"></td><td data-n=""></td><td data-n="−"></td><td><del>beta</del>\n</td>'
    assert f'<tr class="del">{was}</tr>' in change.html


def test_an_edit_that_is_not_done_yet_is_its_strings() -> None:
    [change] = body("Edit", {"file_path": "a.py", "old_string": "x = 1\ny", "new_string": "x = 2\ny"})
    assert isinstance(change, DiffPart)
    assert [line.sign for line, _ in change.lines] == ["-", "+", " "]
    assert '<span class="tn">2</span>' in change.html


def test_several_edits_and_every_occurrence_are_told() -> None:
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}]
    [change] = body("MultiEdit", {"file_path": "a.txt", "edits": edits})
    assert isinstance(change, DiffPart)
    assert [line.sign for line, _ in change.lines] == ["-", "+", "…", "-", "+"]
    made = body("Edit", {"old_string": "a", "new_string": "b", "replace_all": True}, {"userModified": True})
    assert facts(made) == {"Every occurrence": "yes", "Changed by you before it was applied": "yes"}


def test_a_cell_of_a_notebook_is_a_difference() -> None:
    given = {"notebook_path": "a.ipynb", "cell_id": "c1", "new_source": "import os", "edit_mode": "replace"}
    made = body("NotebookEdit", given, {"old_source": "import sys"})
    assert facts(made) == {"Cell": "c1", "Mode": "replace"}
    assert '<span class="tk">import</span>' in everything(made)


def test_a_new_file_is_all_plus() -> None:
    [change] = body("Write", payload("PostToolUse.Write")["tool_input"], payload("PostToolUse.Write")["tool_response"])
    assert isinstance(change, DiffPart)
    assert (change.added, change.removed) == (2, 0)


def test_what_is_long_is_cut_and_says_how_much() -> None:
    [change] = body("Write", {"content": "line\n" * 50})
    assert (change.hidden_lines, len(change.lines)) == (30, 20)  # type: ignore[union-attr]
    [command, output] = body("Bash", {"command": "x" * 9_000}, {"stdout": "a\n" * 30}, limit=10)
    assert (command.hidden_lines, output.hidden_lines) == (0, 20)
    assert "(5,000 more characters)" in everything([command])


def test_a_read_shows_which_lines_of_what() -> None:
    file = {"content": "alpha\nbeta", "startLine": 41, "numLines": 2, "totalLines": 90}
    made = body("Read", {"file_path": "/a/b.txt"}, {"file": file})
    assert facts(made) == {"Path": "/a/b.txt", "Lines": "41–42 of 90"}
    assert '<tr><td data-n="41"></td><td>alpha\n</td></tr>' in everything(made)
    assert facts(body("Read", {"file_path": "/a.png"}, {"file": {"base64": "AA", "type": "image/png"}})) == {
        "Path": "/a.png",
        "Picture": "image/png",
    }


def test_a_search_shows_its_matches_from_the_project() -> None:
    found = {"filenames": ["/home/dev/my-repo/a.py", 7, "/etc/b"]}
    made = body("Grep", {"pattern": "total", "output_mode": "files_with_matches"}, found)
    assert facts(made) == {"Pattern": "total", "Output mode": "files_with_matches"}
    assert lines(made, "terminal") == ["a.py", "/etc/b"]
    assert lines(body("Grep", {}, {"content": "a.py:1:x"}), "terminal") == ["a.py:1:x"]


def test_the_web_shows_its_address_and_its_answer() -> None:
    made = body(
        "WebFetch", {"url": "https://a.example/x", "prompt": "Why?"}, {"code": 200, "codeText": "OK", "result": "**b**"}
    )
    assert facts(made) == {"Address": "https://a.example/x", "Asked": "Why?", "Status": "200 OK"}
    assert "<strong>b</strong>" in everything(made)
    results = ["Said.", {"content": [{"title": "T", "url": "https://t.example"}]}]
    found = body("WebSearch", {"query": "wal"}, {"results": results})
    assert lines(found, "plain") == ["T", "  https://t.example"]
    assert "Said." in everything(found)


def test_lists_are_checklists_with_progress() -> None:
    todos = [{"content": "a", "status": "completed"}, {"content": "b", "status": "in_progress"}, {"content": "c"}, 7]
    [made] = body("TodoWrite", {"todos": todos})
    assert isinstance(made, ChecklistPart)
    assert ([item.state for item in made.items], made.done_count) == (["done", "active", "open", "open"], 1)
    [made] = body("TaskList", {}, {"tasks": [{"subject": "a", "status": "pending"}]})
    assert isinstance(made, ChecklistPart)
    assert facts(body("TaskUpdate", {"taskId": "1", "status": "completed"}, {"statusChange": {"from": "pending"}})) == {
        "Task": "#1",
        "Status": "completed",
        "Was": "pending",
    }
    made_task = body("TaskCreate", {"subject": "Write", "description": "the notes"}, {"task": {"id": "3"}})
    assert facts(made_task) == {"Task": "#3", "Subject": "Write", "Description": "the notes"}


def test_a_question_shows_what_was_chosen() -> None:
    asked = {"question": "Which?", "options": [{"label": "A", "description": "first"}, {"label": "B"}, {"label": "C"}]}
    [made] = body("AskUserQuestion", {"questions": [asked]}, {"answers": {"Which?": "A, C"}})
    assert isinstance(made, QuestionPart)
    assert [option.is_chosen for option in made.options] == [True, False, True]
    assert made.answer == ""
    [own] = body("AskUserQuestion", {"questions": [asked]}, {"answers": {"Which?": "neither <b>"}})
    assert own.answer == "neither &lt;b&gt;"  # type: ignore[union-attr]


def test_a_plan_is_markdown() -> None:
    [made] = body("ExitPlanMode", {}, {"plan": "# Steps\n1. one"})
    assert isinstance(made, MarkdownPart)
    assert made.html.startswith("<h3>Steps</h3>\n<ol>")


def test_an_agent_shows_what_it_was_asked_and_what_it_answered() -> None:
    made = body("Agent", payload("PostToolUse.Agent")["tool_input"], payload("PostToolUse.Agent")["tool_response"])
    assert facts(made) == {"Kind": "general-purpose", "Model": "claude-opus-5-5", "Tokens": "120", "Tool uses": "1"}
    assert lines(made, "plain") == ["List the files."]
    assert "The directory holds notes.txt." in everything(made)


@pytest.mark.parametrize(
    ("response", "told"),
    [
        ("plain", ["plain"]),
        ([{"type": "text", "text": "one"}, {"type": "image"}, {"text": "two"}], ["one", "two"]),
        ({"content": [{"text": "inside"}]}, ["inside"]),
        (None, []),
    ],
)
def test_a_tool_that_nobody_knows_is_told_by_name(response: object, told: list[str]) -> None:
    made = body("NeverHeardOf", {"n": 1, "what": "this", "deep": {"a": [1]}}, response)
    assert facts(made) == {"n": "1", "what": "this", "deep": json.dumps({"a": [1]}, indent=2)}
    assert lines(made, "plain") == told


def test_a_result_that_is_no_text_is_told_by_name() -> None:
    assert facts(body("mcp__x__y", {}, {"ok": True, "n": 2})) == {"ok": "true", "n": "2"}
    assert facts(body("mcp__x__y", {}, 7)) == {"Result": "7"}


def test_an_error_is_told_with_what_it_was() -> None:
    [made] = body("mcp__x__y", {}, error="no such album", state=ToolCallState.FAILED)
    assert (made.label, lines([made], "wrong")) == ("Error", ["no such album"])  # type: ignore[union-attr]
    [denied] = body("Write", {}, error="not now", state=ToolCallState.DENIED)
    assert denied.label == "Denied"  # type: ignore[union-attr]


# --- Arbitrary input ------------------------------------------------------------------------------------

NAMED = [
    *("command", "stdout", "stderr", "file_path", "old_string", "new_string", "edits", "structuredPatch", "lines"),
    *("content", "file", "pattern", "filenames", "url", "result", "results", "todos", "tasks", "plan", "questions"),
    *("answers", "question", "options", "label", "prompt", "title", "code", "startLine", "numLines", "totalLines"),
]
DEEP = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMED), inner, max_size=4),
    max_leaves=8,
)
GIVEN = st.dictionaries(st.sampled_from(NAMED) | st.text(max_size=5), DEEP, max_size=5)


@given(
    st.sampled_from([*TOOLS, "mcp__a__b", "Never"]), GIVEN, DEEP, st.text(st.characters()) | st.sampled_from(HOSTILE)
)
def test_nothing_that_is_captured_breaks_a_body_or_gets_out_of_it(
    name: str, given: dict[str, Any], response: object, error: str
) -> None:
    html = everything(body(name, given, response, error=error))
    assert harm(html) == []
    assert not set(UNSEEN) & set(html)
    html.encode()


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", [*TOOLS, "mcp__a__b"])
def test_a_hostile_string_in_every_field_is_text(name: str, hostile: str) -> None:
    flat: dict[str, Any] = dict.fromkeys(NAMED, hostile)
    given = flat | {"edits": [flat], "todos": [flat], "questions": [flat | {"options": [flat]}], hostile: hostile}
    response = given | {"structuredPatch": [{"lines": [f"+{hostile}"]}], "filenames": [hostile], "results": [hostile]}
    response |= {"file": given, "tasks": [given], "content": [{"text": hostile}], "answers": {hostile: hostile}}
    assert harm(everything(body(name, given, response, error=hostile))) == []


def test_what_is_nested_as_deep_as_may_be_is_told() -> None:
    deep: object = "bottom"
    for _ in range(248):
        deep = {"a": [deep]}
    assert facts(body("mcp__x__y", {"deep": deep}))["deep"].startswith('{\n  "a": [')
