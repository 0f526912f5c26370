from typing import Any

from dashboard.session import timeline
from dashboard.session.session_markdown import CUT_NOTICE, render_markdown
from tests.dashboard.told import bash, session


def test_what_is_cut_says_where_the_rest_is() -> None:
    told = render_markdown(timeline.build_turns(session(("UserPromptSubmit", {"prompt": "a" * 20_001}))))
    assert f"{'a' * 20_000}\n{CUT_NOTICE}\n```" in told
    assert CUT_NOTICE not in render_markdown(
        timeline.build_turns(session(("UserPromptSubmit", {"prompt": "a" * 20_000})))
    )


def test_a_session_reads_as_markdown() -> None:
    steps: list[Any] = [
        "SessionStart",
        ("UserPromptSubmit", {"prompt": "Go\n```\non"}),
        *bash("t1"),
        ("PreToolUse.Agent", {"tool_use_id": "outer"}),
        ("SubagentStart", {"agent_type": "general-purpose"}),
        "PostToolUse.in_subagent",
        "SubagentStop",
        ("PostToolUse.Edit", {"tool_use_id": "t2"}),
        ("PostToolUse", {"tool_use_id": "t3", "tool_name": "ExitPlanMode", "tool_response": {"plan": "1. one"}}),
        ("PostToolUse.mcp", {"tool_use_id": "t4", "tool_name": "a`b*c", "tool_input": {"x": "y`z"}}),
        "PreCompact",
        ("SubagentStart", {"agent_id": "alone", "agent_type": "Explore"}),
        ("Stop", {"at": 900}),
    ]
    told = render_markdown(timeline.build_turns(session(*steps)))
    for line in (
        "- *Session started*",
        "## 1. Prompt (2026-11-21 09:00:02 UTC)",
        "````\nGo\n```\non\n````",
        "- **Bash** `echo hi` ✓",
        "  echo hi",
        "- **Agent** `Look around` (no result)",
        "  - **Bash** `ls` ✓",
        "  The directory holds notes.txt.",
        "- **Edit** `notes.txt` ✓",
        "  +gamma",
        "- **Plan**",
        "  1. one",
        r"- **a\`b\*c** `` y`z `` ✓",
        "- *Compacted*, manual",
        "- `Explore`",
        "- *Idle for 14 min 47 s*",
        "**Claude** (09:15:00)",
    ):
        assert line in told, line
