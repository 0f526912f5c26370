"""Renders captured Markdown as inert HTML. Pure.

The parser escapes HTML and ignores images; its output is also sanitized against a list of allowed tags.
"""

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from dashboard.render import highlight, render_budget
from dashboard.render.html_builder import Html, render_redactions, render_text
from dashboard.render.safe_text import ELLIPSIS, make_visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_MARKDOWN_CHARS = 20_000
# Limits on table cells and on the occurrences of each sign.
MAX_TABLE_CELLS = 10_000
MAX_SIGN_COUNTS = {"[": 1_000, "`": 4_000, "*": 4_000, "_": 4_000, "<": 2_000, "&": 2_000, "\n": 3_000}
ALLOWED_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ALLOWED_CLASSES = set(highlight.COLOR_CLASSES)


def render_markdown(raw: str) -> Html:
    """Renders the first `MAX_MARKDOWN_CHARS` of a Markdown text; as plain text if it is too complex."""
    import nh3

    if _is_too_complex(raw) or not render_budget.current_budget().spend(
        markdown_chars=min(len(raw), MAX_MARKDOWN_CHARS)
    ):
        return Html(
            f"<pre>{render_text(raw[:MAX_MARKDOWN_CHARS])}{ELLIPSIS if len(raw) > MAX_MARKDOWN_CHARS else ''}</pre>"
        )
    suffix = "" if len(raw) <= MAX_MARKDOWN_CHARS else "\n\n…"
    rendered = _build_parser().render(make_visible(raw[:MAX_MARKDOWN_CHARS]) + suffix)
    clean = nh3.clean(
        rendered,
        tags=ALLOWED_TAGS,
        attributes={"*": set(), "a": {"href"}, "span": {"class"}, "ol": {"start"}},
        attribute_filter=_allow_color_class,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return render_redactions(_make_scrollable(clean))


def _make_scrollable(clean: str) -> str:
    """Puts tables and code into boxes that scroll. Captured text holds no such tag: it is escaped."""
    boxed = clean.replace("<table>", '<div class="wide-table" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return boxed.replace("<pre>", '<pre tabindex="0">')


def _is_too_complex(raw: str) -> bool:
    """Whether a text has more table cells, brackets or other signs than users write: the parser rescans each one."""
    head = raw[:MAX_MARKDOWN_CHARS]
    lines = head.split("\n")
    # The parser gives each row of a table as many cells as the first row has.
    cell_count = len(lines) * max(line.count("|") for line in lines)
    return cell_count > MAX_TABLE_CELLS or any(
        head.count(sign) > max_count for sign, max_count in MAX_SIGN_COUNTS.items()
    )


def _allow_color_class(tag: str, attribute: str, value: str) -> str | None:
    return value if attribute != "class" or value in ALLOWED_CLASSES else None


@cache
def _build_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight_fence})
    parser.enable(["table", "strikethrough"]).disable("image")
    parser.core.ruler.push("below our own headings", _demote_headings)
    return parser


def _highlight_fence(content: str, language: str, attributes: str) -> str:
    lexer = highlight.find_lexer_by_name(language)
    return "\n".join(highlight.highlight_code(content.split("\n"), lexer)) if lexer else escape(content)


def _demote_headings(state: Any) -> None:
    """Makes the first heading an `h3`, and each lower one the next level: pages skip no level."""
    levels: list[str] = []
    for token in state.tokens:
        if token.type == "heading_open":
            levels = [*(level for level in levels if level < token.tag), token.tag]
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, len(levels) + 2)}"
