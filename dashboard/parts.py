"""What a block of the timeline is made of, ready for a template. Pure.

`more` counts the lines that are not shown. `form` names the partial that shows a part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar, NamedTuple

from dashboard import diff, paint, prose
from dashboard.markup import Html, joined, text

LONGEST_LINE = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of text. `tone`: terminal, command, wrong, source, plain. With `first` they are numbered."""

    form: ClassVar[str] = "lines"
    lines: Sequence[Html]
    tone: str = "plain"
    label: str = ""
    first: int | None = None
    more: int = 0

    @property
    def html(self) -> Html:
        if self.first is None:
            return Html("\n".join(self.lines))
        return joined(_row("", str(at), "", line) for at, line in enumerate(self.lines, self.first))


@dataclass(frozen=True, slots=True)
class Change:
    """The difference that was made to a file."""

    form: ClassVar[str] = "change"
    lines: Sequence[tuple[diff.Line, Html]]
    added: int
    removed: int
    more: int = 0

    @property
    def is_beside(self) -> bool:
        """May the old lines stand beside the new ones? Not where there are none of either."""
        return bool(self.added and self.removed)

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
    pairs: Sequence[tuple[str, Html]]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown, rendered. `label` says whose."""

    form: ClassVar[str] = "prose"
    html: Html
    label: str = ""
    more: int = 0


class Item(NamedTuple):
    state: str  # done, doing, open
    text: Html


@dataclass(frozen=True, slots=True)
class Checklist:
    form: ClassVar[str] = "checklist"
    items: Sequence[Item]
    more: int = 0

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


@dataclass(frozen=True, slots=True)
class Injected:
    """Text that neither the person nor the model wrote, folded away."""

    form: ClassVar[str] = "injected"
    label: str
    parts: Sequence["Part"] = field(default_factory=tuple)
    more: int = 0


Part = Lines | Change | Facts | Prose | Checklist | Question | Injected


def lines(raw: str, limit: int, *, tone: str = "plain", label: str = "", lexer: str = "") -> list[Part]:
    """The first lines of a text; none of an empty one."""
    head, more = beginning(raw, limit)
    shown = paint.terminal(head) if tone in ("terminal", "wrong") else paint.code(head, lexer)
    return [Lines(shown, tone, label, more=more)] if raw.strip() else []


def source(raw: str, limit: int, *, first: int, lexer: str) -> list[Part]:
    """The first lines of a file, numbered."""
    head, more = beginning(raw, limit)
    return [Lines(paint.code(head, lexer), "source", first=first, more=more)] if raw else []


def change(made: Sequence[diff.Line], limit: int, lexer: str) -> list[Part]:
    """The first lines of a difference, each side coloured as the whole it is."""
    head = [line._replace(text=line.text[:LONGEST_LINE]) for line in made[:limit]]
    new = iter(paint.code([line.text for line in head if line.sign in " +"], lexer))
    old = iter(paint.code([line.text for line in head if line.sign == "-"], lexer))
    shown = [Html() if line.sign == "…" else next(old if line.sign == "-" else new) for line in head]
    added, removed = diff.counts(made)
    pairs = list(zip(head, shown, strict=True))
    return [Change(pairs, added, removed, max(0, len(made) - limit))] if made else []


def markdown(raw: str, label: str = "") -> list[Part]:
    return [Prose(prose.markdown(raw), label)] if raw.strip() else []


def facts(pairs: Iterable[tuple[str, str]]) -> list[Part]:
    """What is known, by name; what is empty is left out."""
    told = [(name, text(value[:LONGEST_LINE])) for name, value in pairs if value]
    return [Facts(told)] if told else []


def beginning(raw: str, limit: int) -> tuple[list[str], int]:
    """At most so many lines, none of them endless, and how many more there are."""
    every = raw.rstrip("\n").split("\n")
    return [_bounded(line) for line in every[:limit]], max(0, len(every) - limit)


def _bounded(line: str) -> str:
    more = len(line) - LONGEST_LINE
    return line if more <= 0 else f"{line[:LONGEST_LINE]}… ({more:,} characters more)"


_RUN = ' class="run"'
_TONES = {"+": "add", "-": "del", " ": "", "…": "skip"}


def _changed(line: diff.Line, shown: Html) -> Html:
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
