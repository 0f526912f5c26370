"""Markdown that was captured, as HTML that can do nothing. Pure.

The parser lets no HTML through and knows no images; what it makes is cleaned once more against a list.
"""

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from dashboard.render import highlight, render_budget
from dashboard.render.html_builder import Html, chips, text
from dashboard.render.safe_text import ELLIPSIS, visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 20_000  # characters
# How many of a sign there may be.
CELLS = 10_000
SIGNS = {"[": 1_000, "`": 4_000, "*": 4_000, "_": 4_000, "<": 2_000, "&": 2_000, "\n": 3_000}
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
COLORS = set(highlight.FAMILIES)


def markdown(raw: str) -> Html:
    """The beginning of a Markdown text, as far as one reads it on a page; as it was written where that takes long."""
    import nh3

    if _is_heavy(raw) or not render_budget.current().take(prose=min(len(raw), LONGEST)):
        return Html(f"<pre>{text(raw[:LONGEST])}{ELLIPSIS if len(raw) > LONGEST else ''}</pre>")
    cut = "" if len(raw) <= LONGEST else "\n\n…"
    made = _parser().render(visible(raw[:LONGEST]) + cut)
    clean = nh3.clean(
        made,
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}, "span": {"class"}, "ol": {"start"}},
        attribute_filter=_only_colors,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return chips(clean)


def _is_heavy(raw: str) -> bool:
    """Whether it holds more rows of a table, brackets or other signs than somebody writes: each is looked at again."""
    head = raw[:LONGEST]
    lines = head.split("\n")
    # Each row of a table gets as many cells as its first one has.
    cells = len(lines) * max(line.count("|") for line in lines)
    return cells > CELLS or any(head.count(sign) > most for sign, most in SIGNS.items())


def _only_colors(tag: str, attribute: str, value: str) -> str | None:
    return value if attribute != "class" or value in COLORS else None


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight})
    parser.enable(["table", "strikethrough"]).disable("image")
    parser.core.ruler.push("below our own headings", _lower_headings)
    return parser


def _highlight(content: str, language: str, attributes: str) -> str:
    lexer = highlight.named(language)
    return "\n".join(highlight.code(content.split("\n"), lexer)) if lexer else escape(content)


def _lower_headings(state: Any) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
