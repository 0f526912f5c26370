"""The whole of a session as one strip: width is time, colour the family of a tool, lanes are subagents. Pure.

An SVG made of attributes alone: the content security policy allows no styles in a page.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dashboard.markup import Html

WIDTH, LANE, GAP = 1_000, 12, 2  # units of the picture
LANES = 4  # the main conversation and three subagents at once; more share the last
PAUSE_US = 120 * 1_000_000  # a silence is drawn no longer than this
MOST = 400  # boxes; beyond that neighbours of one kind are drawn as one
LOOKED_AT = 4_000  # characters of an event
# One after the other: each begins with letters that are quickly looked for, all at once do not.
_FIELDS = {
    name: re.compile(f'"{name}"\\s*:\\s*"([^"\\\\]{{0,128}})"')
    for name in ("hook", "tool_name", "tool_use_id", "agent_id")
}
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

    def move(self, at_us: int) -> None:
        self.x_us += max(0, min(at_us - self.at_us, PAUSE_US)) if self.at_us else 0
        self.at_us = max(at_us, self.at_us)

    def take(self, seq: int, told: dict[str, str]) -> None:
        hook, use, agent = told.get("hook", ""), told.get("tool_use_id", ""), told.get("agent_id", "")
        if hook == "prompt_submit":
            self.prompts.append((seq, self.x_us))
        elif hook == "pre_compact":
            self.compactions.append(self.x_us)
        elif hook == "pre_tool_use" and use:
            self.begun[use] = (seq, self.x_us, told.get("tool_name", ""), agent)
        elif hook in _ENDS:
            started = (seq, self.x_us, told.get("tool_name", ""), agent)
            self._draw(*self.begun.pop(use, started), failed=hook != "post_tool_use")

    def _draw(self, seq: int, x: int, name: str, agent: str, *, failed: bool) -> None:
        lane = self.lanes.setdefault(agent, 1 + (len(self.lanes) - 1) % (LANES - 1))
        self.boxes.append((seq, x, self.x_us, lane, FAMILIES.get(name, "other"), failed))


def draw(marks: Iterable[tuple[int, int, str]]) -> Strip:
    """The strip of events in their order: number in the log, time in microseconds, wire text."""
    drawing = _Drawing()
    for seq, at_us, text in marks:
        drawing.move(at_us)
        drawing.take(seq, _told(text))
    for seq, x, name, agent in drawing.begun.values():
        drawing._draw(seq, x, name, agent, failed=False)
    scale = WIDTH / max(drawing.x_us, 1_000_000)
    return Strip(
        _boxes(drawing.boxes, scale),
        [(seq, x * scale) for seq, x in drawing.prompts],
        [x * scale for x in drawing.compactions],
        max(drawing.lanes.values()) + 1,
    )


def _told(text: str) -> dict[str, str]:
    """What the strip needs, found without reading the rest; the first of a name is the host tool's own."""
    found = ((name, field.search(text, 0, LOOKED_AT)) for name, field in _FIELDS.items())
    return {name: match[1] for name, match in found if match}


def _boxes(drawn: Sequence[tuple[int, int, int, int, str, bool]], scale: float) -> list[Box]:
    least = max(3.0, WIDTH / MOST if len(drawn) > MOST else 0)
    boxes: list[Box] = []
    last: dict[int, Box] = {}
    for seq, x, end, lane, family, failed in sorted(drawn, key=lambda box: box[1]):
        box = Box(seq, round(x * scale, 1), round(max((end - x) * scale, least), 1), lane, family, failed)
        before = last.get(lane)
        if before and len(drawn) > MOST and box.x - before.x < least and not failed:
            continue  # no wider than one that is there
        last[lane] = box
        boxes.append(box)
    return boxes
