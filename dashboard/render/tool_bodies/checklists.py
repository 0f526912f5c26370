"""Renders plans, lists of tasks, and questions to the user."""

from dashboard.render import render_parts
from dashboard.render.html_builder import render_text as render_text
from dashboard.render.render_parts import RenderPart, make_markdown
from dashboard.render.timeline_steps import ToolCall
from events.wire.json_values import get_list, get_mapping, get_text

MAX_ITEMS = 100  # entries of a list
_ITEM_STATES = {"completed": "done", "in_progress": "active"}


def render_todos(call: ToolCall, limit: int) -> list[RenderPart]:
    return _make_checklist(get_list(call.tool_input, "todos"))


def _make_checklist(entries: list[object]) -> list[RenderPart]:
    checklist_items = [
        render_parts.ChecklistItem(_ITEM_STATES.get(get_text(item, "status"), "open"), render_text(_item_text(item)))
        for item in entries[:MAX_ITEMS]
    ]
    return (
        [render_parts.ChecklistPart(checklist_items, hidden_lines=max(0, len(entries) - MAX_ITEMS))]
        if checklist_items
        else []
    )


def _item_text(item: object) -> str:
    return (get_text(item, "content") or get_text(item, "subject") or get_text(item, "activeForm"))[:500]


def render_task(call: ToolCall, limit: int) -> list[RenderPart]:
    number = get_text(call.tool_input, "taskId") or get_text(call.response, "task", "id")
    names = ("subject", "description", "status", "owner")
    facts = [
        ("Task", f"#{number}" if number else ""),
        *(
            (name.capitalize(), get_text(call.tool_input, name) or get_text(call.response, "task", name))
            for name in names
        ),
        ("Was", get_text(call.response, "statusChange", "from")),
    ]
    return render_parts.make_facts(facts)


def render_task_list(call: ToolCall, limit: int) -> list[RenderPart]:
    return _make_checklist(get_list(call.response, "tasks"))


def render_plan(call: ToolCall, limit: int) -> list[RenderPart]:
    return make_markdown(get_text(call.tool_input, "plan") or get_text(call.response, "plan"))


def render_questions(call: ToolCall, limit: int) -> list[RenderPart]:
    answers = get_mapping(call.response, "answers") or get_mapping(call.tool_input, "answers")
    return [
        _make_question(entry, get_text(answers, get_text(entry, "question")))
        for entry in get_list(call.tool_input, "questions")[:10]
    ]


def _make_question(entry: object, answer: str) -> RenderPart:
    options = [
        (get_text(option, "label")[:500], get_text(option, "description")[:1_000])
        for option in get_list(entry, "options")
    ]
    rendered_options = [
        render_parts.QuestionOption(
            render_text(label), render_text(description), label in (answer, *answer.split(", "))
        )
        for label, description in options[:20]
    ]
    free_answer = "" if any(option.is_chosen for option in rendered_options) else answer[:2_000]
    return render_parts.QuestionPart(
        render_text(get_text(entry, "question")[:2_000]), rendered_options, render_text(free_answer)
    )
