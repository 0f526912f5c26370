"""A session as Markdown, to keep or to hand on. Pure."""

from collections.abc import Iterable, Iterator

from dashboard.render import tool_labels
from dashboard.render.row_text import row
from dashboard.render.safe_text import one_line, visible
from dashboard.render.timeline_steps import Agent, Block, Compaction, Gap, Note, State, Turn, Use
from dashboard.render.tool_bodies import file_changes
from dashboard.session.step_views import spell
from events.wire import patterns
from events.wire.json_values import items, text

LONGEST = 20_000  # characters of one fence
REST = "… cut here; the session's export as JSON lines has all of it"


def markdown(turns: Iterable[Turn]) -> str:
    """These turns, each line ended."""
    return "".join(f"{line}\n" for turn in turns for line in _turn(turn))


def _turn(turn: Turn) -> Iterator[str]:
    if turn.prompt:
        yield f"## {turn.number}. Prompt ({turn.prompt.at:%Y-%m-%d %H:%M:%S} UTC)\n"
        yield _fence(turn.text) + "\n"
    for block in turn.blocks:
        yield from _block(block, "")


def _block(block: Block, indent: str) -> Iterator[str]:
    match block:
        case Use():
            yield from _use(block, indent)
        case Agent():
            yield f"{indent}- {code(block.type or 'subagent')}"
            yield from _inner(block, indent)
        case Compaction():
            yield f"{indent}- *Compacted*" + (f", {block.trigger}" if block.trigger.isalpha() else "")
        case Gap():
            yield f"{indent}- *Nothing for {spell(block.lasted)}*"
        case Note():
            yield from _note(block, indent)


def _inner(agent: Agent, indent: str) -> Iterator[str]:
    for inner in agent.blocks:
        yield from _block(inner, f"{indent}  ")
    if agent.said:
        yield _fenced(agent.said, f"{indent}  ")


def _use(use: Use, indent: str) -> Iterator[str]:
    _, verb, target = tool_labels.use(use.name, use.given, use.folders)
    yield f"{indent}- **{plain(verb)}** {code(target)} {MARKS[use.state]}".rstrip()
    for body in filter(str.strip, _bodies(use)):
        yield _fenced(body, f"{indent}  ")
    if use.child:
        yield from _inner(use.child, indent)


def _bodies(use: Use) -> list[str]:
    given, response = use.given, use.response
    if use.name in ("Bash", "PowerShell"):
        out = response if isinstance(response, str) else text(response, "stdout")
        return [text(given, "command"), out, text(response, "stderr"), use.error]
    if use.name in ("Edit", "MultiEdit", "NotebookEdit", "Write"):
        # Each line takes two characters at least.
        made = file_changes.made(use, LONGEST // 2 + 1)
        return ["\n".join(f"{line.sign}{line.text}" for line in made.lines), use.error]
    if use.name == "ExitPlanMode":
        return [text(given, "plan") or text(response, "plan")]
    said = "\n".join(text(part, "text") for part in items(response, "content"))
    return [said if use.name in ("Agent", "Task") else "", use.error]


def _note(note: Note, indent: str) -> Iterator[str]:
    if note.said:
        yield f"{indent}**Claude** ({note.at:%H:%M:%S})\n"
        yield _fence(note.said) + "\n"
    else:
        told = row(note.happened.event)
        yield f"{indent}- *{plain(told.verb)}* {code(told.target) if told.target else ''}".rstrip()


MARKS = {
    State.RUNNING: "…",
    State.DONE: "✓",
    State.FAILED: "✗",
    State.INTERRUPTED: "✗ interrupted",
    State.DENIED: "✗ denied",
    State.LOST: "(no result)",
}


def _fenced(raw: str, indent: str) -> str:
    return "\n".join(indent + line for line in f"\n{_fence(raw)}\n".split("\n"))


def _fence(raw: str) -> str:
    """A code block that nothing in it can end."""
    shown = visible(raw[:LONGEST]) + (f"\n{REST}" if len(raw) > LONGEST else "")
    ticks = "`" * max(3, 1 + max(map(len, patterns.BACKTICKS.findall(shown)), default=0))
    return f"{ticks}\n{shown}\n{ticks}"


def code(raw: str) -> str:
    line = one_line(raw, 300)
    ticks = "`" * (1 + max(map(len, patterns.BACKTICKS.findall(line)), default=0))
    return f"{ticks} {line} {ticks}" if "`" in line else f"{ticks}{line}{ticks}" if line else ""


def plain(raw: str) -> str:
    return patterns.MARKDOWN_SIGN.sub(r"\\\1", one_line(raw, 100))
