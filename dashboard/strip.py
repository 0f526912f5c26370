"""The whole of a session as one strip: width is time, colour the family of a tool, lanes are subagents. Pure.

An SVG made of attributes alone: the content security policy allows no styles in a page.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH, LANE, GAP = 1_000, 12, 2  # units of the picture
LANES = 4  # the main conversation and three subagents at once; more share the last
PAUSE_US = 120 * 1_000_000  # a silence is drawn no longer than this
MOST = 400  # boxes; beyond that neighbours of one kind are drawn as one
_FIELD = re.compile(r'"(hook|tool_name|tool_use_id|agent_id|agent_type)"\s*:\s*"([^"\\]{0,128})"')
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
    told: dict[str, str] = {}
    for match in _FIELD.finditer(text[:4_000]):
        told.setdefault(match[1], match[2])
    return told


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
