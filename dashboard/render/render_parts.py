"""What a block of the timeline is made of, ready for a template. Pure.

`more` counts the lines that are not shown. `form` names the partial that shows a part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar, NamedTuple

from dashboard.render import highlight, line_diff, markdown_html
from dashboard.render.html_builder import Html, joined, text

LONGEST_LINE = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text. `tone`: terminal, command, wrong, source, plain. With `first` they are numbered."""

    form: ClassVar[str] = "lines"
    raw: Sequence[str]
    tone: str = "plain"
    label: str = ""
    first: int | None = None
    more: int = 0
    lexer: str = ""

    @property
    def size(self) -> int:
        return sum(map(len, self.raw))

    @property
    def lines(self) -> Sequence[Html]:
        """Made when it is shown: what stays closed is never painted."""
        raw = list(self.raw)
        return highlight.terminal(raw) if self.tone in ("terminal", "wrong") else highlight.code(raw, self.lexer)

    @property
    def html(self) -> Html:
        if self.first is None:
            return Html("\n".join(self.lines))
        return joined(_row("", str(at), "", line) for at, line in enumerate(self.lines, self.first))


@dataclass(frozen=True, slots=True)
class Change:
    """The difference that was made to a file."""

    form: ClassVar[str] = "change"
    raw: Sequence[line_diff.Line]
    added: int
    removed: int
    more: int = 0
    lexer: str = ""

    @property
    def size(self) -> int:
        return sum(len(line.text) for line in self.raw)

    @property
    def is_beside(self) -> bool:
        """May the old lines stand beside the new ones? Not where there are none of either."""
        return bool(self.added and self.removed)

    @property
    def lines(self) -> Sequence[tuple[line_diff.Line, Html]]:
        """Each side colored as the whole it is, when it is shown."""
        new = iter(highlight.code([line.text for line in self.raw if line.sign in " +"], self.lexer))
        old = iter(highlight.code([line.text for line in self.raw if line.sign == "-"], self.lexer))
        shown = [Html() if line.sign == "…" else next(old if line.sign == "-" else new) for line in self.raw]
        return list(zip(self.raw, shown, strict=True))

    @property
    def html(self) -> Html:
        """A body for each run of changed lines and for what is between: where there is room, a run has two columns."""
        runs = groupby(self.lines, key=lambda pair: pair[0].sign in "+-")
        return joined(
            Html(f"<tbody{_RUN if is_run else ''}>{joined(_changed(line, shown) for line, shown in lines)}</tbody>")
            for is_run, lines in runs
        )


@dataclass(frozen=True, slots=True)
class Facts:
    form: ClassVar[str] = "facts"
    raw: Sequence[tuple[str, str]]
    more: int = 0

    @property
    def size(self) -> int:
        return sum(len(value) for _, value in self.raw)

    @property
    def pairs(self) -> Sequence[tuple[str, Html]]:
        return [(name, text(value)) for name, value in self.raw]


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown, rendered when it is shown. `label` says whose."""

    form: ClassVar[str] = "prose"
    raw: str
    label: str = ""
    more: int = 0

    @property
    def size(self) -> int:
        return len(self.raw)

    @property
    def html(self) -> Html:
        return markdown_html.markdown(self.raw)


class Item(NamedTuple):
    state: str  # done, doing, open
    text: Html


@dataclass(frozen=True, slots=True)
class Checklist:
    form: ClassVar[str] = "checklist"
    items: Sequence[Item]
    more: int = 0

    @property
    def size(self) -> int:
        return sum(len(item.text) for item in self.items)

    @property
    def done(self) -> int:
        return sum(item.state == "done" for item in self.items)


class Option(NamedTuple):
    label: Html
    description: Html
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    form: ClassVar[str] = "question"
    asked: Html
    options: Sequence[Option]
    answer: Html
    more: int = 0

    @property
    def size(self) -> int:
        return len(self.asked) + len(self.answer) + sum(len(one.label) + len(one.description) for one in self.options)


@dataclass(frozen=True, slots=True)
class Injected:
    """Text that neither the person nor the model wrote, folded away."""

    form: ClassVar[str] = "injected"
    label: str
    parts: Sequence["Part"] = field(default_factory=tuple)
    more: int = 0

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


Part = Lines | Change | Facts | Prose | Checklist | Question | Injected


def lines(raw: str, limit: int, *, tone: str = "plain", label: str = "", lexer: str = "") -> list[Part]:
    """The first lines of a text; none of an empty one."""
    if not raw or raw.isspace():
        return []
    head, more = beginning(raw, limit)
    return [Lines(head, tone, label, more=more, lexer=lexer)]


def source(raw: str, limit: int, *, first: int, lexer: str) -> list[Part]:
    """The first lines of a file, numbered."""
    head, more = beginning(raw, limit)
    return [Lines(head, "source", first=first, more=more, lexer=lexer)] if raw else []


def change(made: line_diff.Difference, lexer: str) -> list[Part]:
    """The first lines of a difference."""
    head = [line._replace(text=line.text[:LONGEST_LINE]) for line in made.lines]
    return [Change(head, made.added, made.removed, made.more, lexer)] if head else []


def markdown(raw: str, label: str = "") -> list[Part]:
    return [Prose(raw[: markdown_html.LONGEST + 1], label)] if raw and not raw.isspace() else []


def facts(pairs: Iterable[tuple[str, str]]) -> list[Part]:
    """What is known, by name; what is empty is left out."""
    told = [(name, value[:LONGEST_LINE]) for name, value in pairs if value]
    return [Facts(told)] if told else []


def beginning(raw: str, limit: int) -> tuple[list[str], int]:
    """At most so many lines, none of them endless, and how many more there are."""
    *head, rest = raw.rstrip("\n").split("\n", limit)
    if len(head) < limit:
        return [_bounded(line) for line in (*head, rest)], 0
    return [_bounded(line) for line in head], rest.count("\n") + 1


def _bounded(line: str) -> str:
    more = len(line) - LONGEST_LINE
    return line if more <= 0 else f"{line[:LONGEST_LINE]}… ({more:,} characters more)"


_RUN = ' class="run"'
_TONES = {"+": "add", "-": "del", " ": "", "…": "skip"}


def _changed(line: line_diff.Line, shown: Html) -> Html:
    if line.sign == "…":
        return _row("skip", "", "", Html("…"))
    sign = {"-": "−"}.get(line.sign, line.sign)
    # For readers who see neither the sign nor the colour.
    if tag := {"+": "ins", "-": "del"}.get(line.sign):
        shown = Html(f"<{tag}>{shown}</{tag}>")
    return _row(_TONES[line.sign], str(line.old or ""), str(line.new or ""), shown, sign)


def _row(tone: str, old: str, new: str, shown: Html, sign: str = "") -> Html:
    # Cells without text of their own: the numbers are drawn, so that copying takes the lines alone.
    numbers = f'<td data-n="{old}"></td>' + (f'<td data-n="{new}"></td><td data-n="{sign}"></td>' if sign else "")
    css = f' class="{tone}"' if tone else ""
    return Html(f"<tr{css}>{numbers}<td>{shown}\n</td></tr>")
