"""Blocks of a timeline as a template shows them: a line that says what it is, and what it opens to. Pure.

A page bears only so much: what is long, of little interest, or beyond that is fetched when it is opened.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from dashboard.render import render_parts, row_text, tool_bodies, tool_labels
from dashboard.render.render_parts import Part
from dashboard.render.row_text import Said
from dashboard.render.safe_text import ELLIPSIS, first_line, one_line
from dashboard.render.timeline_steps import Agent, Block, Compaction, Gap, Note, State, Turn, Use
from dashboard.render.tool_bodies import SHORT, WHOLE, generic
from memory.values.host_markup import split_reminders, without_reminders

ROOM = 12_000  # characters of opened bodies on one page, before they are painted
HEADING, CUT = 160, 2_000  # characters: of a heading, and of what there is no room for
# Tools whose use one wants to see, and not only to know of.
OPEN = {
    *("Bash", "PowerShell", "Edit", "MultiEdit", "NotebookEdit", "Write"),
    *("ExitPlanMode", "AskUserQuestion", "TodoWrite"),
}
PIECES = 40  # of a prompt that the host put something into


@dataclass(frozen=True, slots=True)
class Card:
    """`seqs` are the events it tells of; `parts` are None when they are fetched on opening."""

    seqs: tuple[int, ...]
    at: datetime
    said: Said
    parts: Sequence[Part] | None = None
    children: Sequence["Card"] = ()
    child: str = ""  # who did what the children tell
    asked: bool = False
    fixed_by: int | None = None
    is_gap: bool = False
    is_use: bool = False

    @property
    def seq(self) -> int:
        return self.seqs[0]

    @property
    def query(self) -> str:
        """The other events, as an address names them."""
        return f"?and={'.'.join(map(str, self.seqs[1:]))}" if self.seqs[1:] else ""

    @property
    def more(self) -> int:
        return sum(part.more for part in self.parts or ())

    @property
    def hue(self) -> int:
        """A rail's colour: of four, the same for an agent wherever it shows."""
        return sum(map(ord, self.child)) % 4


@dataclass(frozen=True, slots=True)
class Chapter:
    """A turn: what was said, and the cards of what followed."""

    turn: Turn
    cards: Sequence[Card]
    prompt: Sequence[Part] = ()
    continues: str = ""  # the prompt of a turn that began on an earlier page

    @property
    def heading(self) -> str:
        return first_line(without_reminders(self.turn.text or self.continues, " "), HEADING) or ELLIPSIS

    @property
    def lasted(self) -> str:
        return spell(self.turn.lasted)


@dataclass(slots=True)
class _Room:
    """What of the page's room is left."""

    left: int = ROOM
    whole: bool = False

    def take(self, made: Sequence[Part]) -> Sequence[Part] | None:
        if self.whole:
            return made
        size = sum(part.size for part in made)
        if size > self.left:
            return None
        self.left -= size
        return made


def chapters(turns: Iterable[Turn], *, continues: str = "", whole: bool = False) -> list[Chapter]:
    """The turns of one page; the first may continue a prompt of an earlier one. `whole`: with every body opened."""
    room = _Room(whole=whole)
    return [
        Chapter(turn, list(_cards(turn.blocks, room)), _prompt(turn.text), "" if turn.prompt else continues)
        for turn in turns
    ]


def opened(turns: Iterable[Turn]) -> Card | None:
    """The one block that these turns tell of, with all there is to see of it."""
    blocks = [block for turn in turns for block in turn.blocks]
    for block in blocks:
        if isinstance(block, Use):
            return replace(_use(block, _Room(whole=True)), parts=tool_bodies.body(block, WHOLE))
        return next(_cards([block], _Room(whole=True)))
    return None


def closed(use: Use) -> Card:
    """A use whose body is fetched when it is opened."""
    return replace(_use(use, _Room(left=0)), parts=None, children=())


def spell(lasted: timedelta) -> str:
    return row_text.duration(lasted / timedelta(milliseconds=1)) if lasted >= timedelta(seconds=1) else ""


def said(raw: str, limit: int = SHORT) -> list[Part]:
    """What a person wrote; what the host tool put between is folded away."""
    made: list[Part] = []
    pieces = split_reminders(raw)
    for within, piece in islice(pieces, PIECES):
        told = render_parts.lines(piece.strip("\n"), limit)
        made += [render_parts.Injected("Put in by Claude Code", told)] if within and told else told
    more = sum(piece.count("\n") + 1 for _, piece in pieces if piece)
    return [*made, render_parts.Lines([], more=more)] if more else made


def _prompt(raw: str) -> list[Part]:
    """All of a prompt, unless its heading says it all."""
    return [] if len(raw) <= HEADING and "\n" not in raw.strip() and "[redacted:" not in raw else said(raw)


def _cards(blocks: Iterable[Block], room: _Room) -> Iterator[Card]:
    for block in blocks:
        match block:
            case Use():
                yield _use(block, room)
            case Agent():
                yield _agent(block, room)
            case Compaction():
                yield _compaction(block, room)
            case Note():
                yield _note(block, room)
            case Gap():
                yield Card((0,), datetime.min, Said("dot", f"Nothing for {spell(block.lasted)}"), is_gap=True)


# --- Uses of tools --------------------------------------------------------------------------------------

_TONES = {State.RUNNING: "open", State.DONE: "good", State.FAILED: "bad", State.DENIED: "bad"}


def _use(use: Use, room: _Room) -> Card:
    icon, verb, target = tool_labels.use(use.name, use.given, use.folders)
    line = Said(icon, one_line(verb, 80), target, one_line(_outcome(use), 100), _TONES.get(use.state, "plain"))
    # Parts are painted when they are shown: here it is decided which ones are.
    wanted = room.whole or (room.left > 0 and (use.name in OPEN or use.failed))
    made = tool_bodies.body(use, WHOLE if room.whole else SHORT) if wanted else []
    is_short = bool(made) and (room.whole or not any(part.more for part in made))
    return Card(
        tuple(use.seqs),
        use.at,
        line,
        room.take(made) if is_short else None,
        list(_cards(use.child.blocks, room)) if use.child else (),
        _name(use.child) if use.child else "",
        asked=use.asked is not None,
        fixed_by=use.fixed_by,
        is_use=True,
    )


def _outcome(use: Use) -> str:
    took = row_text.duration(use.duration_ms)
    return {
        State.RUNNING: "…",
        State.DONE: _joined("✓", tool_labels.outcome(use.name, use.response), took),
        State.FAILED: _joined("✗", tool_labels.failure(use.error), took),
        State.INTERRUPTED: _joined("✗", "interrupted", took),
        State.DENIED: _joined("✗", "denied", first_line(use.error, 60)),
        State.LOST: "no result: interrupted or refused",
    }[use.state]


def _joined(mark: str, *parts: str) -> str:
    return f"{mark} {' · '.join(filter(None, parts))}"


# --- What else there is ---------------------------------------------------------------------------------


def _agent(agent: Agent, room: _Room) -> Card:
    state = "✓" if agent.ended else "…"
    line = Said("agent", "Subagent", _name(agent), state, "plain" if agent.ended else "open")
    children = list(_cards(agent.blocks, room))
    return Card((agent.seq,), agent.at, line, _told(agent.said, "Answered", room), children, _name(agent))


def _told(raw: str, label: str, room: _Room) -> Sequence[Part]:
    """What a model wrote, where no other event has it for a page of its own: its beginning where there is no room."""
    whole = room.take(render_parts.markdown(raw, label))
    return render_parts.lines(raw[:CUT], SHORT // 4, label=label) if whole is None else whole


def _name(agent: Agent) -> str:
    return one_line(agent.type or agent.id[:8], 40) or "subagent"


def _compaction(made: Compaction, room: _Room) -> Card:
    took = spell(made.ended - made.at) if made.ended else "…"
    told = render_parts.facts([("Keep", made.wish)])
    summary = _told(made.summary, "", room)
    folded: list[Part] = (
        [render_parts.Injected("The summary that the session went on with", summary)] if summary else []
    )
    return Card((made.seq,), made.at, Said("compact", "Compacted", made.trigger, took, "edge"), told + folded)


def _note(note: Note, room: _Room) -> Card:
    row = row_text.row(note.happened.event)
    line = Said(row.icon, row.verb, row.target, row.outcome, row.tone)
    if note.said:
        line = line._replace(verb="Claude", target="") if row.tone != "bad" else line._replace(target="")
        return Card((note.seq,), note.at, line, room.take(render_parts.markdown(note.said)))
    if note.happened.kind == "ContextInjected":
        told = generic.named(note.happened.data)
        return Card((note.seq,), note.at, line, [render_parts.Injected("Memory that the session was given", told)])
    return Card((note.seq,), note.at, line)
