"""Builds HTML in Python where a template would be called for each word. Pure.

Captured text enters the HTML only through `render_text`, `highlight_text` and `render_span`. They escape it, make
hidden characters visible and show redactions as chips.
"""

from collections.abc import Iterable
from html import escape

from dashboard.render.safe_text import make_visible
from events.wire import patterns


class Html(str):
    """Text that is HTML already: a template does not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def render_text(raw: str) -> Html:
    """Renders captured text as HTML."""
    return render_redactions(escape(make_visible(raw)))


def escape_attribute(raw: str) -> str:
    """Escapes captured text for the value of an attribute in quotes."""
    return escape(make_visible(raw))


def highlight_text(raw: str) -> Html:
    """Renders captured text that matches a search."""
    return Html(f"<mark>{render_text(raw)}</mark>")


def render_span(css_class: str, raw: str) -> Html:
    """Renders captured text in a color; `css_class` is a class of our own style sheets, or empty."""
    return Html(f'<span class="{css_class}">{render_text(raw)}</span>') if css_class else render_text(raw)


def join_html(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def render_redactions(html: str) -> Html:
    """Renders redactions as chips, so that they differ from text that a user wrote."""
    if "[redacted:" not in html:
        return Html(html)
    return Html(patterns.REDACTED.sub(r'<span class="chip" title="Redacted before sending">\1</span>', html))
