"""How the memory page explains a context: reasons, what was left out, and what sessions used. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.render import html_builder
from dashboard.render.html_builder import Html
from dashboard.render.safe_text import one_line
from dashboard.session.session_summary import to_display_time
from memory.context.context_report import ExplainedLine, LeftOut
from memory.context.context_use import ContextUse

MAX_LINE_CHARS, MAX_NAME_CHARS = 200, 80
LINE_PARTS = 5  # id, date, type, title, tokens


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a context without its id, date and tokens, and why it is there."""

    text: Html
    type: str
    tokens: int
    reason: str


@dataclass(frozen=True, slots=True)
class NameView:
    """The name of a file or a command, and whether it was used."""

    text: Html
    is_command: bool
    is_used: bool


@dataclass(frozen=True, slots=True)
class UseView:
    """What a session used of its context."""

    use: ContextUse

    @property
    def at(self) -> datetime:
        return to_display_time(self.use.at_us)

    @property
    def names(self) -> Sequence[NameView]:
        """The names, those first that were used."""
        used_first = sorted(self.use.named, key=lambda one: not one.is_used)
        return [
            NameView(html_builder.render_text(one_line(one.name, MAX_NAME_CHARS)), one.is_command, one.is_used)
            for one in used_first
        ]


def explain_line(line: ExplainedLine) -> LineView:
    parts = line.text.removeprefix("- ").split(" · ")
    is_index_line = len(parts) >= LINE_PARTS
    title = " · ".join(parts[3:-1]) if is_index_line else line.text.removeprefix("- ")
    plain = title[1:-1] if len(title) > 1 and title[0] == title[-1] == "`" else title
    text = html_builder.render_text(one_line(plain, MAX_LINE_CHARS))
    return LineView(text, parts[2] if is_index_line else "note", line.tokens, line.reason)


def group_left_out(left_out: Iterable[LeftOut]) -> list[tuple[str, Sequence[LeftOut]]]:
    """Groups what was left out by the reason, in the order in which reasons first occur."""
    groups: dict[str, list[LeftOut]] = {}
    for one in left_out:
        groups.setdefault(one.why, []).append(one)
    return list(groups.items())
