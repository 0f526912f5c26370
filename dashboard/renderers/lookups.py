"""What was looked for, in files and on the web, and what was found."""

from itertools import chain

from dashboard import parts
from dashboard.blocks import Use
from dashboard.parts import Part, markdown
from dashboard.renderers.anything import plain
from dashboard.tools import relative
from memory.loose import items, number, text


def searched(use: Use, limit: int) -> list[Part]:
    names = ("pattern", "path", "glob", "type", "output_mode")
    facts = [(name.replace("_", " ").capitalize(), text(use.given, name)) for name in names]
    files = [relative(name, use.folders) for name in items(use.response, "filenames") if isinstance(name, str)]
    content = text(use.response, "content") or "\n".join(files)
    return parts.facts(facts) + parts.lines(content or plain(use.response), limit, tone="terminal", label="Matches")


def fetched(use: Use, limit: int) -> list[Part]:
    status = number(use.response, "code")
    facts = [("Address", text(use.given, "url")), ("Asked", text(use.given, "prompt"))]
    answered = [("Status", f"{status:.0f} {text(use.response, 'codeText')}" if status is not None else "")]
    return parts.facts(facts + answered) + markdown(text(use.response, "result") or plain(use.response), "Answer")


def web_searched(use: Use, limit: int) -> list[Part]:
    results = (items(result, "content") for result in items(use.response, "results"))
    found = [f"{text(hit, 'title')}\n  {text(hit, 'url')}" for hit in chain.from_iterable(results)]
    said = [result for result in items(use.response, "results") if isinstance(result, str)]
    return [
        *parts.facts([("Searched for", text(use.given, "query"))]),
        *parts.lines("\n".join(found), limit, label="Results"),
        *markdown("\n\n".join(said) or plain(use.response), "Answer"),
    ]
