"""Explains a context: why each line is there, what was left out, and why. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from memory.context.context_lines import ContextLine, list_lines
from memory.context.context_markdown import NO_CONTEXT, SessionContext, choose_lines, render_lines
from memory.context.file_groups import find_path
from memory.context.project_memory import ProjectMemory
from memory.context.prompt_choice import choose_prompts
from memory.context.session_ranks import extract_command, is_work, rank_sessions
from memory.rules.observations import estimate_tokens

COMMAND_TYPES = frozenset(("command", "fix", "failure"))
NOT_WORTH = "Less useful than the tokens that they cost"
NO_ROOM = "No room in the budget"
TOO_LITTLE = "They say too little"
MERGED = "Told by another line"
NOTHING_DONE = "Nothing was done there"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many things of a kind were left out, and why."""

    why: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line of a context, its size in tokens, and why a session may need it."""

    text: str
    tokens: int
    reason: str


@dataclass(frozen=True, slots=True)
class ContextReport:
    """A context, its lines in the order of the page, and what it leaves out."""

    context: SessionContext
    lines: Sequence[ExplainedLine] = ()
    left_out: Sequence[LeftOut] = ()


EMPTY_REPORT = ContextReport(NO_CONTEXT)


def make_report(memory: ProjectMemory, *, budget: int) -> ContextReport:
    """Makes the context of a project within `budget` tokens, and explains it."""
    choice = choose_lines(list_lines(memory), budget=budget)
    in_order = sorted(choice.chosen, key=lambda line: line.section)
    lines = [ExplainedLine(line.text, estimate_tokens(line.text), line.reason) for line in in_order]
    left_out = [
        *_count_lines(NO_ROOM, choice.no_room),
        *_count_lines(NOT_WORTH, [line for line in choice.not_worth if line.worth > 0]),
        *_count_lines(TOO_LITTLE, [line for line in choice.not_worth if line.worth <= 0]),
        *_count_passed_over(memory),
    ]
    return ContextReport(render_lines(choice.chosen), lines, [one for one in left_out if one.count > 0])


def _count_lines(why: str, lines: Iterable[ContextLine]) -> Iterator[LeftOut]:
    for reason, count in Counter(line.reason for line in lines).most_common():
        yield LeftOut(why, reason, count)


def _count_passed_over(memory: ProjectMemory) -> Iterator[LeftOut]:
    """Counts the entries that never became a line."""
    ranks = rank_sessions(memory.acts, memory.prompts, memory.summaries)
    sessions = {row.session_id for rows in (memory.acts, memory.prompts, memory.summaries) for row in rows}
    acts = [act for act in memory.acts if act.session_id in ranks]
    commands = [act for act in acts if act.type in COMMAND_TYPES and not find_path(act)]
    own = [act for act in commands if not act.agent]
    useful = [act for act in own if is_work(act)]
    yield LeftOut("They only look around", "Commands such as ls, cat or git status", len(own) - len(useful))
    yield LeftOut("They were not run by the session itself", "Commands of subagents", len(commands) - len(own))
    yield LeftOut(
        TOO_LITTLE, "Prompts of few words, repetitions, pastes, texts of programs", _count_idle_prompts(memory)
    )
    yield LeftOut(
        MERGED, "Repeated runs of a command", len(useful) - len({extract_command(act.title) for act in useful})
    )
    files = [path for act in acts if (path := find_path(act))]
    yield LeftOut(MERGED, "Repeated edits and reads of a file", len(files) - len(set(files)))
    yield LeftOut(NOTHING_DONE, "Sessions without work, or a request of eight words", len(sessions - set(ranks)))


def _count_idle_prompts(memory: ProjectMemory) -> int:
    return len(memory.prompts) - sum(1 for _ in choose_prompts(memory.prompts))
