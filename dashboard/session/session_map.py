"""Builds the map of a whole session: width is time, color is the kind of a tool, lanes are subagents. Pure.

The map is SVG with attributes only: the content security policy allows no inline styles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from dashboard.render.html_builder import Html
from events.wire.hook_event import HookEvent
from memory.rules.tool_catalog import get_tool

MAP_WIDTH, LANE_HEIGHT, LANE_GAP = 1_000, 12, 2  # SVG units
MAX_LANES = 4  # the main conversation and three lanes that the subagents share
MAX_PAUSE_US = 120 * 1_000_000  # a longer pause is drawn with this width
MAX_SEGMENTS = 400  # with more segments, close neighbors in a lane are drawn as one
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

    @property
    def y(self) -> int:
        return self.lane * (LANE_HEIGHT + LANE_GAP)


@dataclass(frozen=True, slots=True)
class SessionMap:
    segments: Sequence[MapSegment]
    prompts: Sequence[tuple[int, float]]  # number in the log, x
    compactions: Sequence[float]
    lane_count: int

    @property
    def height(self) -> int:
        return self.lane_count * (LANE_HEIGHT + LANE_GAP) + 6

    @property
    def failure_y(self) -> int:
        return self.height - 4

    def render_svg(self, session_url: str) -> Html:
        """Renders the content of the SVG. `session_url` is the address of the session's page, safe in HTML."""
        prompts = (
            _render_link(session_url, seq, _render_rect("prompt-mark", x, 0, 2, self.height)) for seq, x in self.prompts
        )
        segments = (_render_link(session_url, segment.seq, self._render_segment(segment)) for segment in self.segments)
        compactions = (f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{self.height}"></line>' for x in self.compactions)
        return Html("\n".join((*prompts, *segments, *compactions)))

    def _render_segment(self, segment: MapSegment) -> str:
        css_class = f"{segment.color} failed" if segment.failed else segment.color
        failure_rect = _render_rect("failed", segment.x, self.failure_y, 4, 4) if segment.failed else ""
        return _render_rect(css_class, segment.x, segment.y, segment.width, LANE_HEIGHT) + failure_rect


def _render_rect(css_class: str, x: float, y: int, width: float, height: int) -> str:
    return f'<rect class="{css_class}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"></rect>'


def _render_link(session_url: str, seq: int, content: str) -> str:
    return f'<a href="{session_url}?at={seq}#e-{seq}" tabindex="-1">{content}</a>'


@dataclass(slots=True)
class _MapBuilder:
    """Collects prompts, tool calls and compactions from events in order. Cuts pauses to `MAX_PAUSE_US`."""

    at_us: int = 0
    x_us: int = 0
    lanes: dict[str, int] = field(default_factory=lambda: {"": 0})
    running_calls: dict[str, tuple[int, int, str, str]] = field(default_factory=dict)
    segments: list[tuple[int, int, int, int, str, bool]] = field(default_factory=list)
    prompts: list[tuple[int, int]] = field(default_factory=list)
    compactions: list[int] = field(default_factory=list)

    def add_event(self, at_us: int, event: HookEvent) -> None:
        if at_us > self.at_us:
            self.x_us += min(at_us - self.at_us, MAX_PAUSE_US) if self.at_us else 0
            self.at_us = at_us
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

    def add_segment(self, seq: int, x: int, tool_name: str, agent_id: str, *, failed: bool) -> None:
        lane = self.lanes.setdefault(agent_id, 1 + (len(self.lanes) - 1) % (MAX_LANES - 1))
        self.segments.append((seq, x, self.x_us, lane, get_tool(tool_name).color, failed))


def build_map(events: Iterable[tuple[int, HookEvent]]) -> SessionMap:
    """Builds the map from events in order, each with its time in microseconds."""
    builder = _MapBuilder()
    for at_us, event in events:
        builder.add_event(at_us, event)
    for seq, x, tool_name, agent_id in builder.running_calls.values():
        builder.add_segment(seq, x, tool_name, agent_id, failed=False)
    scale = MAP_WIDTH / max(builder.x_us, 1_000_000)
    return SessionMap(
        _scale_segments(builder.segments, scale),
        [(seq, x * scale) for seq, x in builder.prompts],
        [x * scale for x in builder.compactions],
        max(builder.lanes.values()) + 1,
    )


def _scale_segments(segments: Sequence[tuple[int, int, int, int, str, bool]], scale: float) -> list[MapSegment]:
    min_width = max(3.0, MAP_WIDTH / MAX_SEGMENTS if len(segments) > MAX_SEGMENTS else 0)
    scaled: list[MapSegment] = []
    last_x: dict[int, float] = {}
    for seq, start, end, lane, color, failed in sorted(segments, key=itemgetter(1)):
        x = round(start * scale, 1)
        if len(segments) > MAX_SEGMENTS and x - last_x.get(lane, -min_width) < min_width and not failed:
            continue  # the previous segment of the lane already covers this position
        last_x[lane] = x
        scaled.append(MapSegment(seq, x, round(max((end - start) * scale, min_width), 1), lane, color, failed))
    return scaled
