"""Plans, lists of tasks, and questions to the person."""

from dashboard.render import render_parts
from dashboard.render.html_builder import text as shown
from dashboard.render.render_parts import Part, markdown
from dashboard.render.timeline_steps import Use
from events.wire.json_values import items, mapping, text

MOST = 100  # entries of a list
_STATES = {"completed": "done", "in_progress": "doing"}


def todos(use: Use, limit: int) -> list[Part]:
    return _checklist(items(use.given, "todos"))


def _checklist(listed: list[object]) -> list[Part]:
    made = [render_parts.Item(_STATES.get(text(item, "status"), "open"), shown(_about(item))) for item in listed[:MOST]]
    return [render_parts.Checklist(made, more=max(0, len(listed) - MOST))] if made else []


def _about(item: object) -> str:
    return (text(item, "content") or text(item, "subject") or text(item, "activeForm"))[:500]


def task(use: Use, limit: int) -> list[Part]:
    number = text(use.given, "taskId") or text(use.response, "task", "id")
    names = ("subject", "description", "status", "owner")
    facts = [
        ("Task", f"#{number}" if number else ""),
        *((name.capitalize(), text(use.given, name) or text(use.response, "task", name)) for name in names),
        ("Was", text(use.response, "statusChange", "from")),
    ]
    return render_parts.facts(facts)


def tasks(use: Use, limit: int) -> list[Part]:
    return _checklist(items(use.response, "tasks"))


def plan(use: Use, limit: int) -> list[Part]:
    return markdown(text(use.given, "plan") or text(use.response, "plan"))


def question(use: Use, limit: int) -> list[Part]:
    answers = mapping(use.response, "answers") or mapping(use.given, "answers")
    return [_asked(asked, text(answers, text(asked, "question"))) for asked in items(use.given, "questions")[:10]]


def _asked(asked: object, answer: str) -> Part:
    options = [(text(option, "label")[:500], text(option, "description")[:1_000]) for option in items(asked, "options")]
    listed = [
        render_parts.Option(shown(label), shown(more), label in (answer, *answer.split(", ")))
        for label, more in options[:20]
    ]
    own = "" if any(option.chosen for option in listed) else answer[:2_000]
    return render_parts.Question(shown(text(asked, "question")[:2_000]), listed, shown(own))
