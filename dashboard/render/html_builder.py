"""HTML made in Python, where a template would be called once a word. Pure.

Captured text enters it through `render_text`, `highlight_text` and `render_span` alone: nothing hidden in it,
redactions as chips, escaped.
"""

from collections.abc import Iterable
from html import escape

from dashboard.render.safe_text import make_visible
from events.wire import patterns


class Html(str):
    """Text that is markup already: a template does not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def render_text(raw: str) -> Html:
    """Captured text as HTML."""
    return render_redactions(escape(make_visible(raw)))


def highlight_text(raw: str) -> Html:
    """Captured text that was looked for."""
    return Html(f"<mark>{render_text(raw)}</mark>")


def render_span(css_class: str, raw: str) -> Html:
    """Captured text in a colour; `css_class` is one of our own classes, or empty."""
    return Html(f'<span class="{css_class}">{render_text(raw)}</span>') if css_class else render_text(raw)


def join_html(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def render_redactions(html: str) -> Html:
    """What the client took out, told apart from what somebody wrote."""
    if "[redacted:" not in html:
        return Html(html)
    return Html(patterns.REDACTED.sub(r'<span class="chip" title="Taken out before it was sent">\1</span>', html))
