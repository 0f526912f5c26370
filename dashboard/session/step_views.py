"""Builds the template views of timeline steps: a label line, and the body that opens below it. Pure.

The size of a page is limited: a body that is long, minor or beyond the budget is fetched when it is opened.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from dashboard.render import render_parts, row_text, short_labels, tool_bodies, tool_labels
from dashboard.render.render_parts import RenderPart
from dashboard.render.row_text import RowText
from dashboard.render.safe_text import ELLIPSIS, first_line, one_line
from dashboard.render.timeline_steps import Agent, Compaction, EventStep, Gap, Step, ToolCall, ToolCallState, Turn
from dashboard.render.tool_bodies import MAX_OPENED_LINES, MAX_PREVIEW_LINES, generic
from dashboard.session.file_links import build_history_query
from memory.rules.tool_catalog import get_tool
from memory.values.host_markup import split_reminders, without_reminders

PAGE_BUDGET_CHARS = 12_000  # characters of opened bodies on one page, before highlighting
MAX_HEADING_CHARS, MAX_CUT_CHARS = 160, 2_000  # characters of a heading, and of a message beyond the budget
SHOWN_HEADING_CHARS = 60  # characters of a heading for which two lines have room at any width
MAX_PROMPT_PIECES = 40  # pieces of a prompt into which the host inserted text


@dataclass(frozen=True, slots=True)
class StepView:
    """A step for a template. `seqs` are the numbers of its events; `parts` is None if opening the step fetches them."""

    seqs: tuple[int, ...]
    at: datetime
    label: RowText
    parts: Sequence[RenderPart] | None = None
    children: Sequence["StepView"] = ()
    subagent_name: str = ""  # the subagent that did the steps in `children`
    was_permission_asked: bool = False
    fixed_by_seq: int | None = None
    is_gap: bool = False
    is_tool_call: bool = False
    history_query: str = ""  # the query of the history of the file that the call read or changed

    @property
    def seq(self) -> int:
        return self.seqs[0]

    @property
    def query(self) -> str:
        """The query of the step's address that names the other events."""
        return f"?and={'.'.join(map(str, self.seqs[1:]))}" if self.seqs[1:] else ""

    @property
    def hidden_lines(self) -> int:
        return sum(part.hidden_lines for part in self.parts or ())

    @property
    def hue(self) -> int:
        """The color of the subagent's rail, one of four; an agent has the same color everywhere."""
        return sum(map(ord, self.subagent_name)) % 4


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn for a template: its prompt, and the views of its steps."""

    source: Turn
    steps: Sequence[StepView]
    prompt_parts: Sequence[RenderPart] = ()
    continued_prompt: str = ""  # the prompt of a turn that started on an earlier page

    @property
    def heading(self) -> str:
        return (
            first_line(without_reminders(self.source.prompt_text or self.continued_prompt, " "), MAX_HEADING_CHARS)
            or ELLIPSIS
        )

    @property
    def duration(self) -> str:
        return format_timedelta(self.source.duration)


@dataclass(slots=True)
class _PageBudget:
    """The number of characters that opened bodies may still use on the page."""

    remaining_chars: int = PAGE_BUDGET_CHARS
    is_unlimited: bool = False

    def spend(self, parts: Sequence[RenderPart]) -> Sequence[RenderPart] | None:
        if self.is_unlimited:
            return parts
        char_count = sum(part.char_count for part in parts)
        if char_count > self.remaining_chars:
            return None
        self.remaining_chars -= char_count
        return parts


def build_turn_views(turns: Iterable[Turn], *, continued_prompt: str = "", open_all: bool = False) -> list[TurnView]:
    """Builds the views of a page's turns. `open_all` opens every body.

    The first turn may continue the prompt of an earlier page.
    """
    budget = _PageBudget(is_unlimited=open_all)
    return [
        TurnView(
            turn,
            list(_build_steps(turn.steps, budget)),
            _render_long_prompt(turn.prompt_text),
            "" if turn.prompt else continued_prompt,
        )
        for turn in turns
    ]


def build_opened_step(turns: Iterable[Turn]) -> StepView | None:
    """Builds the view of the only step in these turns, with its full body; None if they have no step."""
    steps = [step for turn in turns for step in turn.steps]
    for step in steps:
        if isinstance(step, ToolCall):
            return replace(
                _build_tool_call(step, _PageBudget(is_unlimited=True)),
                parts=tool_bodies.render_body(step, MAX_OPENED_LINES),
            )
        return next(_build_steps([step], _PageBudget(is_unlimited=True)))
    return None


def build_closed_step(call: ToolCall) -> StepView:
    """Builds the view of a tool call whose body is fetched when it is opened."""
    return replace(_build_tool_call(call, _PageBudget(remaining_chars=0)), parts=None, children=())


def with_start(step: StepView, start_seq: int) -> StepView:
    """Returns the view of a tool call that is known by its end, under the number of its start, as timelines show it."""
    return step if start_seq == step.seq else replace(step, seqs=(start_seq, *step.seqs))


def format_timedelta(duration: timedelta) -> str:
    return (
        short_labels.format_duration(duration / timedelta(milliseconds=1)) if duration >= timedelta(seconds=1) else ""
    )


def render_prompt(raw: str, limit: int = MAX_PREVIEW_LINES) -> list[RenderPart]:
    """Renders a prompt; text that the host inserted is folded."""
    parts: list[RenderPart] = []
    pieces = split_reminders(raw)
    for is_injected, piece in islice(pieces, MAX_PROMPT_PIECES):
        lines = render_parts.make_lines(piece.strip("\n"), limit)
        parts += [render_parts.InjectedPart("Added by Claude Code", lines)] if is_injected and lines else lines
    hidden_lines = sum(piece.count("\n") + 1 for _, piece in pieces if piece)
    return [*parts, render_parts.LinesPart([], hidden_lines=hidden_lines)] if hidden_lines else parts


def _render_long_prompt(raw: str) -> list[RenderPart]:
    """Renders the whole prompt; nothing if the heading already shows all of it."""
    return (
        []
        if len(raw) <= SHOWN_HEADING_CHARS and "\n" not in raw.strip() and "[redacted:" not in raw
        else render_prompt(raw)
    )


def _build_steps(steps: Iterable[Step], budget: _PageBudget) -> Iterator[StepView]:
    for step in steps:
        match step:
            case ToolCall():
                yield _build_tool_call(step, budget)
            case Agent():
                yield _build_agent(step, budget)
            case Compaction():
                yield _build_compaction(step, budget)
            case EventStep():
                yield _build_event(step, budget)
            case Gap():
                yield StepView(
                    (0,), datetime.min, RowText("dot", f"Idle for {format_timedelta(step.duration)}"), is_gap=True
                )


# --- Tool calls -----------------------------------------------------------------------------------------

_STATE_TONES = {
    ToolCallState.RUNNING: "open",
    ToolCallState.DONE: "good",
    ToolCallState.FAILED: "bad",
    ToolCallState.DENIED: "bad",
}


def _build_tool_call(call: ToolCall, budget: _PageBudget) -> StepView:
    icon, verb, target = tool_labels.label_tool_call(call.name, call.tool_input, call.folders)
    label = RowText(
        icon, one_line(verb, 80), target, one_line(_format_outcome(call), 100), _STATE_TONES.get(call.state, "plain")
    )
    # Parts are highlighted only when a template renders them; this condition decides which bodies it renders.
    may_open = get_tool(call.name).opens_by_default or call.has_failed
    is_open = budget.is_unlimited or (budget.remaining_chars > 0 and may_open)
    parts = (
        tool_bodies.render_body(call, MAX_OPENED_LINES if budget.is_unlimited else MAX_PREVIEW_LINES) if is_open else []
    )
    is_short = bool(parts) and (budget.is_unlimited or not any(part.hidden_lines for part in parts))
    return StepView(
        tuple(call.seqs),
        call.at,
        label,
        budget.spend(parts) if is_short else None,
        list(_build_steps(call.subagent.steps, budget)) if call.subagent else (),
        _agent_name(call.subagent) if call.subagent else "",
        was_permission_asked=call.permission_asked_at is not None,
        fixed_by_seq=call.fixed_by_seq,
        is_tool_call=True,
        history_query=build_history_query(call),
    )


def _format_outcome(call: ToolCall) -> str:
    duration = short_labels.format_duration(call.duration_ms)
    return {
        ToolCallState.RUNNING: "…",
        ToolCallState.DONE: _join_outcome("✓", tool_labels.format_outcome(call.name, call.response), duration),
        ToolCallState.FAILED: _join_outcome("✗", tool_labels.format_failure(call.error), duration),
        ToolCallState.INTERRUPTED: _join_outcome("✗", "interrupted", duration),
        ToolCallState.DENIED: _join_outcome("✗", "denied", first_line(call.error, 60)),
        ToolCallState.LOST: "No result (interrupted or denied)",
    }[call.state]


def _join_outcome(sign: str, *parts: str) -> str:
    return f"{sign} {' · '.join(filter(None, parts))}"


# --- Other steps ----------------------------------------------------------------------------------------


def _build_agent(agent: Agent, budget: _PageBudget) -> StepView:
    outcome = "✓" if agent.ended_at else "No end reported" if agent.is_lost else "…"
    tone = "plain" if agent.ended_at or agent.is_lost else "open"
    label = RowText("agent", "Subagent", _agent_name(agent), outcome, tone)
    children = list(_build_steps(agent.steps, budget))
    return StepView(
        (agent.seq,),
        agent.at,
        label,
        _render_message(agent.final_message, "Response", budget),
        children,
        _agent_name(agent),
    )


def _render_message(raw: str, label: str, budget: _PageBudget) -> Sequence[RenderPart]:
    """Renders a model's message that no other event contains; beyond the budget, only its beginning."""
    parts = budget.spend(render_parts.make_markdown(raw, label))
    return render_parts.make_lines(raw[:MAX_CUT_CHARS], MAX_PREVIEW_LINES // 4, label=label) if parts is None else parts


def _agent_name(agent: Agent) -> str:
    """The type of a subagent; without one the kind in an id like `aprompt_suggestion-7fc6a5`, else its short id."""
    kind = agent.id.rpartition("-")[0].removeprefix("a")
    own_name = kind.replace("_", " ") if kind.replace("_", "").isalpha() else agent.id[:8]
    return one_line(agent.type or own_name, 40) or "subagent"


def _build_compaction(compaction: Compaction, budget: _PageBudget) -> StepView:
    duration = format_timedelta(compaction.ended_at - compaction.at) if compaction.ended_at else "…"
    parts = render_parts.make_facts([("Instructions", compaction.instructions)])
    summary = _render_message(compaction.summary, "", budget)
    folded: list[RenderPart] = [render_parts.InjectedPart("Summary after compaction", summary)] if summary else []
    return StepView(
        (compaction.seq,),
        compaction.at,
        RowText("compact", "Compacted", compaction.trigger, _format_times(compaction.count, duration), "edge"),
        parts + folded,
    )


def _format_times(count: int, duration: str) -> str:
    return " · ".join(filter(None, (f"{count} times" if count > 1 else "", duration)))


def _build_event(step: EventStep, budget: _PageBudget) -> StepView:
    row = row_text.make_row(step.event)
    label = RowText(row.icon, row.verb, row.target, row.outcome, row.tone)
    if step.message:
        label = label._replace(verb="Claude", target="") if row.tone != "bad" else label._replace(target="")
        return StepView((step.seq,), step.at, label, budget.spend(render_parts.make_markdown(step.message)))
    if step.event.kind == "ContextInjected":
        parts = generic.render_named_values(step.event.data)
        return StepView((step.seq,), step.at, label, [render_parts.InjectedPart("Context given to the session", parts)])
    return StepView((step.seq,), step.at, label)
