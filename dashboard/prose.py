"""Markdown that was captured, as HTML that can do nothing. Pure.

The parser lets no HTML through and knows no images; what it makes is cleaned once more against a list.
"""

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from dashboard import paint
from dashboard.markup import Html, chips
from dashboard.text import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 20_000  # characters
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
COLOURS = {css for _, css in paint.FAMILIES}


def markdown(raw: str) -> Html:
    """The beginning of a Markdown text, as far as one reads it on a page."""
    import nh3

    cut = "" if len(raw) <= LONGEST else "\n\n…"
    made = _parser().render(visible(raw[:LONGEST]) + cut)
    clean = nh3.clean(
        made,
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}, "span": {"class"}, "ol": {"start"}},
        attribute_filter=_only_colours,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return chips(clean)


def _only_colours(tag: str, attribute: str, value: str) -> str | None:
    return value if attribute != "class" or value in COLOURS else None


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight})
    parser.enable(["table", "strikethrough"]).disable("image")
    parser.core.ruler.push("below our own headings", _lower_headings)
    return parser


def _highlight(content: str, language: str, attributes: str) -> str:
    lexer = paint.named(language)
    return "\n".join(paint.code(content.split("\n"), lexer)) if lexer else escape(content)


def _lower_headings(state: Any) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
