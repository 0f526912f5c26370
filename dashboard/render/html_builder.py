"""HTML made in Python, where a template would be called once a word. Pure.

Captured text enters it through `text`, `mark` and `span` alone: nothing hidden in it, redactions as chips, escaped.
"""

from collections.abc import Iterable
from html import escape

from dashboard.render.safe_text import visible
from events.wire import patterns


class Html(str):
    """Text that is markup already: a template does not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def text(raw: str) -> Html:
    """Captured text as HTML."""
    return chips(escape(visible(raw)))


def mark(raw: str) -> Html:
    """Captured text that was looked for."""
    return Html(f"<mark>{text(raw)}</mark>")


def span(css: str, raw: str) -> Html:
    """Captured text in a colour; `css` is one of our own classes, or empty."""
    return Html(f'<span class="{css}">{text(raw)}</span>') if css else text(raw)


def joined(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def chips(html: str) -> Html:
    """What the client took out, told apart from what somebody wrote."""
    if "[redacted:" not in html:
        return Html(html)
    return Html(patterns.REDACTED.sub(r'<span class="chip" title="Taken out before it was sent">\1</span>', html))
