"""What a waiting session asks for, from its events: the call that needs permission, or a question with its choices."""

from typing import Any

import pytest

from memory.rules.asks import NO_ASK, Ask
from tests.memory.make import event
from tests.memory.rules.test_states import AGENT, BEGUN, DONE, derive, notice, tool

APPLY = {"command": "terraform apply \\\n  -auto-approve"}
OPTIONS = [{"label": "SQLite", "description": "One file"}, {"label": "PostgreSQL"}, {"description": "none"}, "odd"]
QUESTION = {"questions": [{"question": "Which database?", "options": OPTIONS}, {"question": "And which port?"}]}
ASKED_APPLY = Ask("Bash", "terraform apply \\ -auto-approve")
ASKED_DATABASE = Ask("AskUserQuestion", "Which database?", "SQLite\nPostgreSQL")

PLAN = tool("pre_tool_use", 2, "p", tool="ExitPlanMode", tool_input={"plan": "# Move\n\nFirst the tables."})
READ = tool("pre_tool_use", 2, "r", tool="Read", tool_input={"file_path": "/srv/a.py"})
RUN = tool("pre_tool_use", 3, "b", tool_input=APPLY)
PERMISSION = notice("permission_prompt", 4)
ASKS = tool("pre_tool_use", 3, "q", tool="AskUserQuestion", tool_input=QUESTION)
FORM = event("elicitation", 3, mcp_server_name="lab", message="What is your name?")


def ask_after(*happened: dict[str, Any]) -> Ask:
    fold = derive(*BEGUN, *happened).fold
    return Ask(fold.ask_tool, fold.ask, fold.ask_choices)


@pytest.mark.parametrize(
    ("happened", "asked"),
    [
        ([RUN], NO_ASK),
        ([RUN, PERMISSION], ASKED_APPLY),
        ([READ, RUN, PERMISSION], ASKED_APPLY),
        ([RUN, tool("permission_request", 3.5, "", tool_input=APPLY), PERMISSION], ASKED_APPLY),
        ([tool("permission_request", 3, "", tool="Write", tool_input={"file_path": "/srv/b"})], Ask("Write", "/srv/b")),
        ([PERMISSION], NO_ASK),
        ([PLAN], Ask("ExitPlanMode", "# Move First the tables.")),
        # What is answered is no longer asked.
        ([RUN, PERMISSION, tool("post_tool_use", 5, "b")], NO_ASK),
        ([RUN, PERMISSION, tool("post_tool_failure", 5, "b", is_interrupt=True)], NO_ASK),
        ([RUN, PERMISSION, event("prompt_submit", 5, prompt="No")], NO_ASK),
        # Of two calls, one is left that needs the permission.
        ([READ, RUN, PERMISSION, tool("post_tool_use", 5, "b")], Ask("Read", "/srv/a.py")),
        ([READ, RUN, PERMISSION, tool("post_tool_use", 5, "r")], ASKED_APPLY),
        ([ASKS], ASKED_DATABASE),
        ([ASKS, notice("idle_prompt", 4)], ASKED_DATABASE),
        # A subagent that works on asks nothing.
        ([ASKS, tool("pre_tool_use", 4, "s", tool_input=APPLY, **AGENT)], ASKED_DATABASE),
        ([ASKS, tool("post_tool_use", 5, "q")], NO_ASK),
        ([ASKS, event("session_start", 5, source="resume")], NO_ASK),
        ([FORM], Ask("lab", "What is your name?")),
        ([FORM, notice("elicitation_dialog", 4)], Ask("lab", "What is your name?")),
        ([notice("agent_needs_input", 4)], Ask("", "Claude says so")),
        ([DONE], NO_ASK),
    ],
)
def test_a_session_asks_what_its_events_say(happened: list[dict[str, Any]], asked: Ask) -> None:
    assert ask_after(*happened) == asked


def test_a_notice_that_names_a_tool_means_its_call() -> None:
    named = event(
        "notification",
        4,
        notification_type="permission_prompt",
        message="Claude needs your permission to use Bash",
    )
    assert (
        ask_after(RUN, tool("pre_tool_use", 3.5, "r", tool="Read", tool_input={"file_path": "a"}), named) == ASKED_APPLY
    )


def test_the_current_tool_says_what_it_is_about() -> None:
    assert derive(*BEGUN, RUN).fold.current_target == ASKED_APPLY.text
    assert derive(*BEGUN, RUN, tool("post_tool_use", 5, "b")).fold.current_target == ""
    assert len(derive(*BEGUN, tool("pre_tool_use", 3, tool_input={"command": "x" * 9_999})).fold.current_target) <= 240


def test_a_session_without_a_prompt_is_called_after_its_first_task_or_answer() -> None:
    task = tool("pre_tool_use", 2, "a", tool="Agent", tool_input={"description": "Find the leak"})
    start = BEGUN[0]
    assert derive(start, task, DONE).fold.title == "Find the leak"
    assert derive(start, DONE).fold.title == "Done."
    assert derive(*BEGUN, task, DONE).fold.title == "Do it"
