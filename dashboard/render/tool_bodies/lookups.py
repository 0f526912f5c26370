"""What was looked for, in files and on the web, and what was found."""

from itertools import chain

from dashboard.render import render_parts
from dashboard.render.render_parts import Part, markdown
from dashboard.render.timeline_steps import Use
from dashboard.render.tool_bodies.generic import plain
from dashboard.render.tool_labels import relative
from events.wire.json_values import items, number, text


def searched(use: Use, limit: int) -> list[Part]:
    names = ("pattern", "path", "glob", "type", "output_mode")
    facts = [(name.replace("_", " ").capitalize(), text(use.given, name)) for name in names]
    files = [relative(name, use.folders) for name in items(use.response, "filenames") if isinstance(name, str)]
    content = text(use.response, "content") or "\n".join(files)
    return render_parts.facts(facts) + render_parts.lines(
        content or plain(use.response), limit, tone="terminal", label="Matches"
    )


def fetched(use: Use, limit: int) -> list[Part]:
    status = number(use.response, "code")
    facts = [("Address", text(use.given, "url")), ("Asked", text(use.given, "prompt"))]
    answered = [("Status", f"{status:.0f} {text(use.response, 'codeText')}" if status is not None else "")]
    return render_parts.facts(facts + answered) + markdown(
        text(use.response, "result") or plain(use.response), "Answer"
    )


def web_searched(use: Use, limit: int) -> list[Part]:
    results = (items(result, "content") for result in items(use.response, "results"))
    found = [f"{text(hit, 'title')}\n  {text(hit, 'url')}" for hit in chain.from_iterable(results)]
    said = [result for result in items(use.response, "results") if isinstance(result, str)]
    return [
        *render_parts.facts([("Searched for", text(use.given, "query"))]),
        *render_parts.lines("\n".join(found), limit, label="Results"),
        *markdown("\n\n".join(said) or plain(use.response), "Answer"),
    ]
