"""Builds the map of a whole session: width is time, color is the kind of a tool, lanes are subagents. Pure.

The map is SVG with attributes only: the content security policy allows no inline styles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from dashboard.render.html_builder import Html, escape_attribute, render_text
from dashboard.render.safe_text import one_line
from dashboard.session.overview.map_axis import Piece, Tick, build_ticks, format_elapsed
from events.wire.hook_event import HookEvent
from memory.rules.tool_catalog import get_tool

MAP_WIDTH, LANE_HEIGHT, LANE_GAP = 1_000, 12, 2  # SVG units
MAX_LANES = 4  # the main conversation and three lanes that the subagents share
FOLD_FROM_US, FOLDED_US = 600 * 1_000_000, 120 * 1_000_000  # a pause this long is folded to the second width
MAX_SEGMENTS = 400  # with more segments, close neighbors in a lane are drawn as one
# Classes of segments and marks, each with its meaning.
LEGEND = (
    *(("prompt-mark", "prompt"), ("shell", "command"), ("edit", "edit"), ("read", "read"), ("web", "web")),
    *(("agent", "subagent"), ("other", "other tool"), ("failed", "failed")),
)
_END_HOOKS = ("post_tool_use", "post_tool_failure", "permission_denied")


@dataclass(frozen=True, slots=True)
class MapSegment:
    """A tool call on the map. A `failed` one also has a mark below it, for users who cannot see red."""

    seq: int
    x: float
    width: float
    lane: int
    color: str
    failed: bool
    title: str = ""

    @property
    def y(self) -> int:
        return self.lane * (LANE_HEIGHT + LANE_GAP)


@dataclass(frozen=True, slots=True)
class SessionMap:
    segments: Sequence[MapSegment]
    prompts: Sequence[tuple[int, float]]  # number in the log, x
    compactions: Sequence[float]
    lane_count: int
    folds: Sequence[tuple[float, float, str]] = ()  # x, width, and what was folded
    ticks: Sequence[Tick] = ()

    @property
    def height(self) -> int:
        return self.lane_count * (LANE_HEIGHT + LANE_GAP) + 6

    @property
    def failure_y(self) -> int:
        return self.height - 4

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The colors on this map, each with its meaning."""
        colors = {segment.color for segment in self.segments}
        colors |= {"failed" for segment in self.segments if segment.failed} | {"prompt-mark" for _ in self.prompts}
        return [(color, label) for color, label in LEGEND if color in colors]

    def render_svg(self, session_url: str, *, has_script: bool) -> Html:
        """Renders the content of the SVG. `session_url` is the address of the session's page, safe in HTML.

        For a script the titles are attributes: the map may have a thousand links, and a page few nodes.
        """
        render_link = _render_script_link if has_script else _render_link
        prompts = (
            render_link(session_url, seq, _render_rect("prompt-mark", x, 0, 2, self.height), "Prompt")
            for seq, x in self.prompts
        )
        segments = (
            render_link(session_url, segment.seq, self._render_segment(segment), segment.title)
            for segment in self.segments
        )
        compactions = (f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{self.height}"></line>' for x in self.compactions)
        return Html("".join((*map(self._render_fold, self.folds), *prompts, *segments, *compactions)))

    def _render_fold(self, fold: tuple[float, float, str]) -> str:
        x, width, label = fold
        rect = f'<rect class="fold" x="{x:.1f}" y="0" width="{width:.1f}" height="{self.height}">'
        return f"{rect}<title>{label}</title></rect>"

    def _render_segment(self, segment: MapSegment) -> str:
        css_class = f"{segment.color} failed" if segment.failed else segment.color
        failure_rect = _render_rect("failed", segment.x, self.failure_y, 4, 4) if segment.failed else ""
        return _render_rect(css_class, segment.x, segment.y, segment.width, LANE_HEIGHT) + failure_rect


def _render_rect(css_class: str, x: float, y: int, width: float, height: int) -> str:
    return f'<rect class="{css_class}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"></rect>'


def _render_link(session_url: str, seq: int, content: str, title: str) -> str:
    tooltip = f"<title>{render_text(title)}</title>"
    return f'<a href="{session_url}?at={seq}#e-{seq}" tabindex="-1">{tooltip}{content}</a>'


def _render_script_link(session_url: str, seq: int, content: str, title: str) -> str:
    return (
        f'<a href="{session_url}?at={seq}#e-{seq}" tabindex="-1" data-title="{escape_attribute(title)}">{content}</a>'
    )


class _TimedSegment(NamedTuple):
    """A tool call before scaling: from `start` to `end` on the map, in microseconds."""

    seq: int
    start: int
    end: int
    lane: int
    color: str
    failed: bool
    title: str


@dataclass(slots=True)
class _MapBuilder:
    """Collects prompts, tool calls and compactions from events in order. Folds long pauses."""

    at_us: int = 0
    started_us: int = 0
    x_us: int = 0
    pieces: list[Piece] = field(default_factory=list)
    folds: list[tuple[int, int]] = field(default_factory=list)  # x and the length of the pause, in microseconds
    lanes: dict[str, int] = field(default_factory=lambda: {"": 0})
    running_calls: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)
    segments: list[_TimedSegment] = field(default_factory=list)
    prompts: list[tuple[int, int]] = field(default_factory=list)
    compactions: list[int] = field(default_factory=list)

    def add_event(self, at_us: int, event: HookEvent) -> None:
        self.advance(at_us)
        hook, host = event.hook, event.host
        if hook == "prompt_submit":
            self.prompts.append((event.seq, self.x_us))
        elif hook == "pre_compact":
            self.compactions.append(self.x_us)
        elif hook == "pre_tool_use" and host.tool_use_id:
            self.running_calls[host.tool_use_id] = event.seq, self.x_us, host.tool_name, host.agent_id
        elif hook in _END_HOOKS:
            call = self.running_calls.pop(host.tool_use_id, None)
            call = call or (event.seq, self.x_us, host.tool_name, host.agent_id)
            self.add_segment(*call, failed=hook != "post_tool_use")

    def advance(self, at_us: int) -> None:
        """Moves to a time; a long pause takes little width."""
        if not self.pieces:
            self.at_us = self.started_us = at_us
            self.pieces.append(Piece(0, 0, 0))
        elif (pause_us := at_us - self.at_us) >= FOLD_FROM_US:
            self.folds.append((self.x_us, pause_us))
            self.x_us, self.at_us = self.x_us + FOLDED_US, at_us
            self.pieces.append(Piece(self.x_us, at_us - self.started_us, 0))
        elif pause_us > 0:
            last = self.pieces[-1]
            self.x_us, self.at_us = self.x_us + pause_us, at_us
            self.pieces[-1] = last._replace(length_us=last.length_us + pause_us)

    def add_segment(self, seq: int, x: int, tool_name: str, agent_id: str, *, failed: bool) -> None:
        lane = self.lanes.setdefault(agent_id, 1 + (len(self.lanes) - 1) % (MAX_LANES - 1))
        title = f"{one_line(tool_name, 60)}, {format_elapsed(self.at_us - self.started_us)}{', failed' * failed}"
        self.segments.append(_TimedSegment(seq, x, self.x_us, lane, get_tool(tool_name).color, failed, title))


def build_map(events: Iterable[tuple[int, HookEvent]]) -> SessionMap:
    """Builds the map from events in order, each with its time in microseconds."""
    builder = _MapBuilder()
    for at_us, event in events:
        builder.add_event(at_us, event)
    for seq, x, tool_name, agent_id in builder.running_calls.values():
        builder.add_segment(seq, x, tool_name, agent_id, failed=False)
    scale = MAP_WIDTH / max(builder.x_us, 1)
    return SessionMap(
        _scale_segments(builder.segments, scale),
        [(seq, x * scale) for seq, x in builder.prompts],
        [x * scale for x in builder.compactions],
        max(builder.lanes.values()) + 1,
        [(x * scale, FOLDED_US * scale, f"Idle for {format_elapsed(us)[1:]}") for x, us in builder.folds],
        build_ticks(builder.pieces, builder.x_us),
    )


def _scale_segments(segments: Sequence[_TimedSegment], scale: float) -> list[MapSegment]:
    min_width = max(3.0, MAP_WIDTH / MAX_SEGMENTS if len(segments) > MAX_SEGMENTS else 0)
    scaled: list[MapSegment] = []
    last_x: dict[int, float] = {}
    for seq, start, end, lane, color, failed, title in sorted(segments, key=attrgetter("start")):
        x = round(start * scale, 1)
        if len(segments) > MAX_SEGMENTS and x - last_x.get(lane, -min_width) < min_width and not failed:
            continue  # the previous segment of the lane already covers this position
        last_x[lane] = x
        width = round(max((end - start) * scale, min_width), 1)
        scaled.append(MapSegment(seq, min(x, MAP_WIDTH - min_width), width, lane, color, failed, title))
    return scaled
