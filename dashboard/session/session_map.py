"""The whole of a session as one strip: width is time, colour the family of a tool, lanes are subagents. Pure.

An SVG made of attributes alone: the content security policy allows no styles in a page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from dashboard.render.html_builder import Html
from events.wire import patterns

WIDTH, LANE, GAP = 1_000, 12, 2  # units of the picture
LANES = 4  # the main conversation and three subagents at once; more share the last
PAUSE_US = 120 * 1_000_000  # a silence is drawn no longer than this
MOST = 400  # boxes; beyond that neighbours of one kind are drawn as one
LOOKED_AT = 4_000  # characters of an event
FAMILIES = {
    **dict.fromkeys(("Bash", "PowerShell", "BashOutput", "KillShell"), "shell"),
    **dict.fromkeys(("Edit", "MultiEdit", "NotebookEdit", "Write"), "edit"),
    **dict.fromkeys(("Read", "Grep", "Glob", "LS", "NotebookRead"), "read"),
    **dict.fromkeys(("WebFetch", "WebSearch"), "web"),
    **dict.fromkeys(("Agent", "Task"), "agent"),
}
_ENDS = ("post_tool_use", "post_tool_failure", "permission_denied")


@dataclass(frozen=True, slots=True)
class Box:
    """Something with a beginning and a width. `failed` has a mark below it, for those who see no red."""

    seq: int
    x: float
    width: float
    lane: int
    family: str
    failed: bool

    @property
    def y(self) -> int:
        return self.lane * (LANE + GAP)


@dataclass(frozen=True, slots=True)
class Strip:
    boxes: Sequence[Box]
    prompts: Sequence[tuple[int, float]]  # number in the log, and where
    compactions: Sequence[float]
    lanes: int

    @property
    def height(self) -> int:
        return self.lanes * (LANE + GAP) + 6

    @property
    def foot(self) -> int:
        return self.height - 4

    def svg(self, session: str) -> Html:
        """What is in the picture. `session` is the address of the session's page, safe in HTML."""
        prompts = (_linked(session, seq, _rect("said", x, 0, 2, self.height)) for seq, x in self.prompts)
        boxes = (_linked(session, box.seq, self._box(box)) for box in self.boxes)
        breaks = (f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{self.height}"></line>' for x in self.compactions)
        return Html("\n".join((*prompts, *boxes, *breaks)))

    def _box(self, box: Box) -> str:
        css = f"{box.family} failed" if box.failed else box.family
        mark = _rect("failed", box.x, self.foot, 4, 4) if box.failed else ""
        return _rect(css, box.x, box.y, box.width, LANE) + mark


def _rect(css: str, x: float, y: int, width: float, height: int) -> str:
    return f'<rect class="{css}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"></rect>'


def _linked(session: str, seq: int, drawn: str) -> str:
    return f'<a href="{session}?at={seq}#e-{seq}" tabindex="-1">{drawn}</a>'


@dataclass(slots=True)
class _Drawing:
    """Takes marks in order. Time runs on, but for silences."""

    at_us: int = 0
    x_us: int = 0
    lanes: dict[str, int] = field(default_factory=lambda: {"": 0})
    begun: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)
    boxes: list[tuple[int, int, int, int, str, bool]] = field(default_factory=list)
    prompts: list[tuple[int, int]] = field(default_factory=list)
    compactions: list[int] = field(default_factory=list)

    def take(self, seq: int, at_us: int, text: str) -> None:
        if at_us > self.at_us:
            self.x_us += min(at_us - self.at_us, PAUSE_US) if self.at_us else 0
            self.at_us = at_us
        hook = _said("hook", text)
        if hook == "prompt_submit":
            self.prompts.append((seq, self.x_us))
        elif hook == "pre_compact":
            self.compactions.append(self.x_us)
        elif hook == "pre_tool_use" and (use := _said("tool_use_id", text)):
            self.begun[use] = (seq, self.x_us, _said("tool_name", text), _said("agent_id", text))
        elif hook in _ENDS:
            started = self.begun.pop(_said("tool_use_id", text), None)
            started = started or (seq, self.x_us, _said("tool_name", text), _said("agent_id", text))
            self._draw(*started, failed=hook != "post_tool_use")

    def _draw(self, seq: int, x: int, name: str, agent: str, *, failed: bool) -> None:
        lane = self.lanes.setdefault(agent, 1 + (len(self.lanes) - 1) % (LANES - 1))
        self.boxes.append((seq, x, self.x_us, lane, FAMILIES.get(name, "other"), failed))


def draw(marks: Iterable[tuple[int, int, str]]) -> Strip:
    """The strip of events in their order: number in the log, time in microseconds, wire text."""
    drawing = _Drawing()
    for seq, at_us, text in marks:
        drawing.take(seq, at_us, text)
    for seq, x, name, agent in drawing.begun.values():
        drawing._draw(seq, x, name, agent, failed=False)
    scale = WIDTH / max(drawing.x_us, 1_000_000)
    return Strip(
        _boxes(drawing.boxes, scale),
        [(seq, x * scale) for seq, x in drawing.prompts],
        [x * scale for x in drawing.compactions],
        max(drawing.lanes.values()) + 1,
    )


def _said(name: str, text: str) -> str:
    """The value of this name, found without reading the rest; the first is the host tool's own."""
    at = text.find(f'"{name}"', 0, LOOKED_AT)  # sooner than the pattern would find it
    match = patterns.MEMBERS[name].search(text, at, LOOKED_AT) if at >= 0 else None
    return match[1] if match else ""


def _boxes(drawn: Sequence[tuple[int, int, int, int, str, bool]], scale: float) -> list[Box]:
    least = max(3.0, WIDTH / MOST if len(drawn) > MOST else 0)
    boxes: list[Box] = []
    last: dict[int, float] = {}
    for seq, begun, end, lane, family, failed in sorted(drawn, key=itemgetter(1)):
        x = round(begun * scale, 1)
        if len(drawn) > MOST and x - last.get(lane, -least) < least and not failed:
            continue  # no wider than one that is there
        last[lane] = x
        boxes.append(Box(seq, x, round(max((end - begun) * scale, least), 1), lane, family, failed))
    return boxes
