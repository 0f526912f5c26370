"""The parts of a timeline step's body, ready for a template. Pure.

`hidden_lines` counts the lines that are not shown. `kind` names the partial template of a part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar, NamedTuple

from dashboard.render import highlight, line_diff, markdown_html
from dashboard.render.html_builder import Html, join_html, render_text

MAX_LINE_CHARS = 4_000
MAX_SHOWN_LINES = 24  # more lines are shown in a box that scrolls


@dataclass(frozen=True, slots=True)
class LinesPart:
    """Lines of text. `tone`: terminal, command, wrong, source, plain. `first_line_number` adds line numbers."""

    kind: ClassVar[str] = "lines"
    raw: Sequence[str]
    tone: str = "plain"
    label: str = ""
    first_line_number: int | None = None
    hidden_lines: int = 0
    lexer: str = ""

    @property
    def char_count(self) -> int:
        return sum(map(len, self.raw))

    @property
    def is_long(self) -> bool:
        """Whether the lines are shown in a box that scrolls."""
        return len(self.raw) > MAX_SHOWN_LINES

    @property
    def lines(self) -> Sequence[Html]:
        """The highlighted lines. They are rendered on access: the text of a closed step is never highlighted."""
        raw = list(self.raw)
        return (
            highlight.highlight_terminal(raw)
            if self.tone in ("terminal", "wrong")
            else highlight.highlight_code(raw, self.lexer)
        )

    @property
    def html(self) -> Html:
        if self.first_line_number is None:
            return Html("\n".join(self.lines))
        return join_html(
            _table_row("", str(line_number), "", line)
            for line_number, line in enumerate(self.lines, self.first_line_number)
        )


@dataclass(frozen=True, slots=True)
class DiffPart:
    """The difference that a tool call made to a file."""

    kind: ClassVar[str] = "change"
    raw: Sequence[line_diff.DiffLine]
    added: int
    removed: int
    hidden_lines: int = 0
    lexer: str = ""

    @property
    def char_count(self) -> int:
        return sum(len(line.text) for line in self.raw)

    @property
    def is_long(self) -> bool:
        """Whether the lines are shown in a box that scrolls."""
        return len(self.raw) > MAX_SHOWN_LINES

    @property
    def is_side_by_side(self) -> bool:
        """Whether old lines may be shown beside new lines: only if both exist."""
        return bool(self.added and self.removed)

    @property
    def lines(self) -> Sequence[tuple[line_diff.DiffLine, Html]]:
        """The lines with their HTML, rendered on access. Each side is colored as one text."""
        new = iter(highlight.highlight_code([line.text for line in self.raw if line.sign in " +"], self.lexer))
        old = iter(highlight.highlight_code([line.text for line in self.raw if line.sign == "-"], self.lexer))
        rendered = [Html() if line.sign == "…" else next(old if line.sign == "-" else new) for line in self.raw]
        return list(zip(self.raw, rendered, strict=True))

    @property
    def html(self) -> Html:
        """A `tbody` for each run of changed lines and for the lines between; a run has two columns if they fit."""
        runs = groupby(self.lines, key=lambda pair: pair[0].sign in "+-")
        return join_html(
            Html(f"<tbody{_RUN_ATTRIBUTE if is_run else ''}>{_diff_rows(lines, self.is_side_by_side)}</tbody>")
            for is_run, lines in runs
        )


@dataclass(frozen=True, slots=True)
class FactsPart:
    kind: ClassVar[str] = "facts"
    raw: Sequence[tuple[str, str]]
    hidden_lines: int = 0

    @property
    def char_count(self) -> int:
        return sum(len(value) for _, value in self.raw)

    @property
    def pairs(self) -> Sequence[tuple[str, Html]]:
        return [(name, render_text(value)) for name, value in self.raw]


@dataclass(frozen=True, slots=True)
class MarkdownPart:
    """Markdown, rendered on access. `label` names its source."""

    kind: ClassVar[str] = "prose"
    raw: str
    label: str = ""
    hidden_lines: int = 0

    @property
    def char_count(self) -> int:
        return len(self.raw)

    @property
    def html(self) -> Html:
        return markdown_html.render_markdown(self.raw)


class ChecklistItem(NamedTuple):
    state: str  # done, active, open
    text: Html


@dataclass(frozen=True, slots=True)
class ChecklistPart:
    kind: ClassVar[str] = "checklist"
    items: Sequence[ChecklistItem]
    hidden_lines: int = 0

    @property
    def char_count(self) -> int:
        return sum(len(item.text) for item in self.items)

    @property
    def done_count(self) -> int:
        return sum(item.state == "done" for item in self.items)


class QuestionOption(NamedTuple):
    label: Html
    description: Html
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class QuestionPart:
    kind: ClassVar[str] = "question"
    question: Html
    options: Sequence[QuestionOption]
    answer: Html
    hidden_lines: int = 0

    @property
    def char_count(self) -> int:
        return (
            len(self.question) + len(self.answer) + sum(len(one.label) + len(one.description) for one in self.options)
        )


@dataclass(frozen=True, slots=True)
class InjectedPart:
    """Folded text that neither the user nor the model wrote."""

    kind: ClassVar[str] = "injected"
    label: str
    parts: Sequence["RenderPart"] = field(default_factory=tuple)
    hidden_lines: int = 0

    @property
    def char_count(self) -> int:
        return sum(part.char_count for part in self.parts)


RenderPart = LinesPart | DiffPart | FactsPart | MarkdownPart | ChecklistPart | QuestionPart | InjectedPart


def make_lines(raw: str, limit: int, *, tone: str = "plain", label: str = "", lexer: str = "") -> list[RenderPart]:
    """Makes a part of the first lines of a text; no part of a blank text."""
    if not raw or raw.isspace():
        return []
    head, hidden_lines = cut_lines(raw, limit)
    return [LinesPart(head, tone, label, hidden_lines=hidden_lines, lexer=lexer)]


def make_source(raw: str, limit: int, *, first_line_number: int, lexer: str) -> list[RenderPart]:
    """Makes a part of the first lines of a file, with line numbers."""
    head, hidden_lines = cut_lines(raw, limit)
    return (
        [LinesPart(head, "source", first_line_number=first_line_number, hidden_lines=hidden_lines, lexer=lexer)]
        if raw
        else []
    )


def make_diff(difference: line_diff.Difference, lexer: str) -> list[RenderPart]:
    """Makes a part of a difference; no part without lines."""
    head = [line._replace(text=line.text[:MAX_LINE_CHARS]) for line in difference.lines]
    return [DiffPart(head, difference.added, difference.removed, difference.hidden_lines, lexer)] if head else []


def make_markdown(raw: str, label: str = "") -> list[RenderPart]:
    return [MarkdownPart(raw[: markdown_html.MAX_MARKDOWN_CHARS + 1], label)] if raw and not raw.isspace() else []


def make_facts(pairs: Iterable[tuple[str, str]]) -> list[RenderPart]:
    """Makes a part of named values; leaves out empty values."""
    filled = [(name, value[:MAX_LINE_CHARS]) for name, value in pairs if value]
    return [FactsPart(filled)] if filled else []


def cut_lines(raw: str, limit: int) -> tuple[list[str], int]:
    """Returns at most `limit` lines, each at most `MAX_LINE_CHARS` long, and the number of further lines."""
    *head, rest = raw.rstrip("\n").split("\n", limit)
    if len(head) < limit:
        return [_cut_line(line) for line in (*head, rest)], 0
    return [_cut_line(line) for line in head], rest.count("\n") + 1


def _cut_line(line: str) -> str:
    hidden_chars = len(line) - MAX_LINE_CHARS
    return line if hidden_chars <= 0 else f"{line[:MAX_LINE_CHARS]}… ({hidden_chars:,} more characters)"


_NO_HTML = Html()
_RUN_ATTRIBUTE = ' class="run"'
_ROW_CLASSES = {"+": "add", "-": "del", " ": "same", "…": "skip"}


def _diff_rows(lines: Iterable[tuple[line_diff.DiffLine, Html]], is_side_by_side: bool) -> Html:
    return join_html(_diff_row(line, content, is_side_by_side) for line, content in lines)


def _diff_row(line: line_diff.DiffLine, content: Html, is_side_by_side: bool) -> Html:
    if line.sign == "…":
        return _table_row("skip", "", "", Html("…"))
    sign = {"-": "−"}.get(line.sign, line.sign)
    # The tags are for users who see neither the sign nor the color.
    if tag := {"+": "ins", "-": "del"}.get(line.sign):
        content = Html(f"<{tag}>{content}</{tag}>")
    # A line that stays is on both sides; readers of the page by ear have it once.
    mirror = (
        Html(f'<td class="mirror" aria-hidden="true">{content}</td>') if is_side_by_side and sign == " " else _NO_HTML
    )
    numbers = str(line.old_number or ""), str(line.new_number or "")
    return _table_row(_ROW_CLASSES[line.sign], *numbers, content, sign, mirror)


def _table_row(css_class: str, old: str, new: str, content: Html, sign: str = "", mirror: Html = _NO_HTML) -> Html:
    # The cells of numbers have no text: CSS draws the numbers, so that a copied selection contains only the lines.
    numbers = f'<td data-n="{old}"></td>' + (f'<td data-n="{new}"></td><td data-n="{sign}"></td>' if sign else "")
    attribute = f' class="{css_class}"' if css_class else ""
    return Html(f"<tr{attribute}>{numbers}<td>{content}\n</td>{mirror}</tr>")
