"""A session's events as a tree of blocks: turns, in them uses of tools, in those what their subagents did. Pure.

Nothing is promised about the events: either half of a use may be missing or come first, an agent may be heard of
before it starts, a session may go on after its end. What cannot be placed stands where it happened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from dashboard.render.timeline_steps import Block, Compaction, Gap, Happened, Turn, times, walk
from dashboard.session.timeline_builder import Reader, link_mended, started_by, use_id
from events.wire.json_values import text
from memory.values.host_markup import is_by_person

LONG = timedelta(minutes=5)  # a silence worth a line of its own


def read(
    events: Iterable[Happened], *, before: Iterable[Happened] = (), after: Iterable[Happened] = (), number: int = 0
) -> list[Turn]:
    """The turns of a stretch of a session. `number` counts the prompts that came before it.

    Of the neighbours only this is taken: a use that began `before` is not told again where it ends, and what comes
    `after` completes the uses that began here.
    """
    here, after = sorted(events, key=when), sorted(after, key=when)
    begun = {use_id(event) for event in before if event.hook == "pre_tool_use"} - {""}
    reader = Reader([Turn(None, number)], started_by([*before, *here, *after]), begun)
    for event in here:
        tell(reader, event)
    for event in after:
        reader.complete(event)
    link_mended(reader.uses.values())
    turns = [turn for turn in reader.turns if turn.prompt or turn.blocks]
    _put_gaps(turns)
    return turns


def tell(reader: Reader, event: Happened) -> None:
    """The next event."""
    READ.get(event.hook, _other)(reader, event)


def when(event: Happened) -> tuple[datetime, int]:
    return event.at, event.seq


def is_persons(event: Happened) -> bool:
    """Did somebody type this? The host tool also reports finished background work as a prompt."""
    return is_by_person(text(event.data, "prompt") or text(event.data, "text"))


def _prompt(reader: Reader, event: Happened) -> None:
    if is_persons(event):
        reader.give_up("")
        reader.turns.append(Turn(event, reader.turns[-1].number + 1))
    else:
        reader.note(event)


def _stop(reader: Reader, event: Happened) -> None:
    reader.give_up("")
    reader.note(event, said=text(event.data, "last_assistant_message"))


def _edge(reader: Reader, event: Happened) -> None:
    """The session's start or end. After a compaction it starts anew, which belongs to the compaction."""
    reader.give_up("")
    if reader.compaction and text(event.data, "source") == "compact":
        reader.compaction.ended = event.at
    else:
        reader.compaction = None
        reader.note(event)


def _agent_ended(reader: Reader, event: Happened) -> None:
    if not text(event.data, "agent_type"):  # only compaction runs so, and only its end is told
        _compact(reader, event)
    elif event.agent:
        reader.end_agent(event)
    else:
        reader.note(event)


def _agent_began(reader: Reader, event: Happened) -> None:
    if event.agent:
        reader.agent(event)
    else:
        reader.note(event)


def _compact(reader: Reader, event: Happened) -> None:
    made, data = reader.compaction, event.data
    # The same summary is told twice: by the agent that wrote it, and at the end.
    if made is None or (made.summary and event.hook != "post_compact"):
        made = reader.compaction = Compaction(event.seq, event.at)
        reader.turns[-1].blocks.append(made)
    made.trigger = text(data, "trigger") or made.trigger
    made.wish = text(data, "custom_instructions") or made.wish
    made.summary = text(data, "compact_summary") or text(data, "last_assistant_message") or made.summary
    made.ended = None if event.hook == "pre_compact" else event.at


def _other(reader: Reader, event: Happened) -> None:
    reader.note(event, said=text(event.data, "delta") if event.hook == "message_display" else "")


def _typed(reader: Reader, event: Happened) -> None:
    if event.kind == "Prompt":
        _prompt(reader, event)
    elif event.kind != "Usage":  # counted in the session's head; between its lines it would be noise
        reader.note(event)


def _put_gaps(turns: Sequence[Turn]) -> None:
    """Says where nothing happened for long. Between turns too: the person was away."""
    last: datetime | None = None
    for turn in turns:
        last = turn.prompt.at if turn.prompt else last
        turn.blocks, told = [], turn.blocks
        for block in told:
            began, ended = min(_all_times(block)), max(_all_times(block))
            if last and began - last >= LONG:
                turn.blocks.append(Gap(began - last))
            turn.blocks.append(block)
            last = max(last or ended, ended)


def _all_times(block: Block) -> Iterator[datetime]:
    return (time for inner in walk([block]) for time in times(inner))


READ: dict[str, Callable[[Reader, Happened], None]] = {
    "": _typed,
    "prompt_submit": _prompt,
    "pre_tool_use": Reader.use,
    "post_tool_use": Reader.use,
    "post_tool_failure": Reader.use,
    "permission_denied": Reader.use,
    "permission_request": Reader.ask,
    "subagent_start": _agent_began,
    "subagent_stop": _agent_ended,
    "stop": _stop,
    "stop_failure": _stop,
    "session_start": _edge,
    "session_end": _edge,
    "pre_compact": _compact,
    "post_compact": _compact,
}
