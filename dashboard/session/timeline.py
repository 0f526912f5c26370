"""Builds a session's timeline as a tree: turns, their tool calls, and the steps of subagents. Pure.

Events give no guarantees: either event of a tool call may be missing or come first, an agent's events may precede its
start, a session may continue after its end. A step without a known parent is shown at the time it happened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from dashboard.render.timeline_steps import Compaction, Gap, Step, Turn, step_times, walk_steps
from dashboard.session.timeline_builder import TimelineBuilder, link_fixed_calls, map_agents_to_calls
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text
from memory.values.host_markup import is_by_person

MIN_GAP = timedelta(minutes=5)  # the shortest pause that is shown as a gap


def build_turns(
    events: Iterable[HookEvent],
    *,
    before: Iterable[HookEvent] = (),
    after: Iterable[HookEvent] = (),
    turn_number: int = 0,
    is_over: bool = False,
) -> list[Turn]:
    """Builds the turns of a page of a session. `turn_number` counts the prompts before the page.

    If the session `is_over`, nothing still runs: calls and subagents without an end lost it.

    Neighboring events add no steps: a tool call that started `before` is not shown again where it ends, and events
    `after` complete the tool calls that started on the page.
    """
    here, after = sorted(events, key=event_order), sorted(after, key=event_order)
    started_ids = {event.tool_use_id for event in before if event.hook == "pre_tool_use"} - {""}
    builder = TimelineBuilder([Turn(None, turn_number)], map_agents_to_calls([*before, *here, *after]), started_ids)
    for event in here:
        apply_event(builder, event)
    for event in after:
        builder.apply_later_event(event)
    if is_over:
        builder.mark_all_lost()
    link_fixed_calls(builder.calls.values())
    turns = [turn for turn in builder.turns if turn.prompt or turn.steps]
    _insert_gaps(turns)
    return turns


def apply_event(builder: TimelineBuilder, event: HookEvent) -> None:
    """Applies the next event of the session."""
    EVENT_HANDLERS.get(event.hook, _apply_other)(builder, event)


def event_order(event: HookEvent) -> tuple[datetime, int]:
    return event.at, event.seq


def is_user_prompt(event: HookEvent) -> bool:
    """Whether a user typed this prompt. The host also reports finished background work as a prompt."""
    return is_by_person(get_text(event.data, "prompt") or get_text(event.data, "text"))


def _apply_prompt(builder: TimelineBuilder, event: HookEvent) -> None:
    if is_user_prompt(event):
        builder.mark_lost("")
        builder.turns.append(Turn(event, builder.turns[-1].number + 1))
    else:
        builder.add_event_step(event)


def _apply_stop(builder: TimelineBuilder, event: HookEvent) -> None:
    builder.mark_lost("")
    builder.add_event_step(event, message=get_text(event.data, "last_assistant_message"))


def _apply_session_edge(builder: TimelineBuilder, event: HookEvent) -> None:
    """Applies a start or end of the session. A start after a compaction belongs to the compaction."""
    builder.mark_lost("")
    if builder.compaction and get_text(event.data, "source") == "compact":
        builder.compaction.ended_at = event.at
    else:
        builder.compaction = None
        builder.add_event_step(event)


def _apply_agent_end(builder: TimelineBuilder, event: HookEvent) -> None:
    if not get_text(event.data, "agent_type"):  # only an agent of compaction has no type; hooks report its end alone
        _apply_compaction(builder, event)
    elif event.agent_id:
        builder.end_agent(event)
    else:
        builder.add_event_step(event)


def _apply_agent_start(builder: TimelineBuilder, event: HookEvent) -> None:
    if event.agent_id:
        builder.find_or_add_agent(event)
    else:
        builder.add_event_step(event)


def _apply_compaction(builder: TimelineBuilder, event: HookEvent) -> None:
    compaction, data = builder.compaction, event.data
    # Two events contain the same summary: the end of the agent that wrote it, and the end of the compaction.
    if compaction is None or (compaction.summary and event.hook != "post_compact"):
        compaction = builder.compaction = _start_compaction(builder, event)
    compaction.trigger = get_text(data, "trigger") or compaction.trigger
    compaction.instructions = get_text(data, "custom_instructions") or compaction.instructions
    compaction.summary = (
        get_text(data, "compact_summary") or get_text(data, "last_assistant_message") or compaction.summary
    )
    compaction.ended_at = None if event.hook == "pre_compact" else event.at


def _start_compaction(builder: TimelineBuilder, event: HookEvent) -> Compaction:
    """Adds a compaction; compactions of subagents that follow each other are one step."""
    steps = builder.turns[-1].steps
    last = steps[-1] if steps else None
    if isinstance(last, Compaction) and event.hook == "subagent_stop":
        last.count += 1
        return last
    compaction = Compaction(event.seq, event.at)
    steps.append(compaction)
    return compaction


def _apply_other(builder: TimelineBuilder, event: HookEvent) -> None:
    builder.add_event_step(event, message=get_text(event.data, "delta") if event.hook == "message_display" else "")


def _apply_header_fact(builder: TimelineBuilder, event: HookEvent) -> None:
    """Adds no step for token usage, titles and pull requests, which the session's header shows."""
    if event.kind not in ("Usage", "SessionTitle", "PullRequest"):
        _apply_other(builder, event)


def _insert_gaps(turns: Sequence[Turn]) -> None:
    """Inserts gaps where nothing happened for `MIN_GAP`, also between turns, when the user was away."""
    last_at: datetime | None = None
    for turn in turns:
        last_at = turn.prompt.at if turn.prompt else last_at
        turn.steps, steps = [], turn.steps
        for step in steps:
            started_at, ended_at = min(_nested_times(step)), max(_nested_times(step))
            if last_at and started_at - last_at >= MIN_GAP:
                turn.steps.append(Gap(started_at - last_at))
            turn.steps.append(step)
            last_at = max(last_at or ended_at, ended_at)


def _nested_times(step: Step) -> Iterator[datetime]:
    return (time for inner_step in walk_steps([step]) for time in step_times(inner_step))


EVENT_HANDLERS: dict[str, Callable[[TimelineBuilder, HookEvent], None]] = {
    "usage": _apply_header_fact,
    "session_title": _apply_header_fact,
    "prompt_submit": _apply_prompt,
    "pre_tool_use": TimelineBuilder.apply_tool_event,
    "post_tool_use": TimelineBuilder.apply_tool_event,
    "post_tool_failure": TimelineBuilder.apply_tool_event,
    "permission_denied": TimelineBuilder.apply_tool_event,
    "permission_request": TimelineBuilder.apply_permission_request,
    "subagent_start": _apply_agent_start,
    "subagent_stop": _apply_agent_end,
    "stop": _apply_stop,
    "stop_failure": _apply_stop,
    "interrupt": _apply_stop,
    "session_start": _apply_session_edge,
    "session_end": _apply_session_edge,
    "pre_compact": _apply_compaction,
    "post_compact": _apply_compaction,
}
