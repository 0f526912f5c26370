"""Checks that HTML is harmless. Uses a parser and no patterns, because a browser parses the HTML, too."""

from html.parser import HTMLParser

VOID = {"br", "hr"}
TAGS = {"span", "tr", "td", "p", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"} | VOID
TAGS |= {"h3", "h4", "h5", "h6", "table", "thead", "tbody", "th", "ins", "del", "div"}
ATTRIBUTES = {"class", "data-n", "title", "href", "rel", "start", "tabindex", "aria-hidden"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.harm: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.harm.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.harm.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith(("http://", "https://", "mailto:")):
                self.harm.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.harm.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.harm.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.harm.append("an instruction")


def harm(html: str) -> list[str]:
    """Returns the parts of the HTML that are neither text nor allowed tags and attributes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.harm


def words(html: str) -> str:
    """Returns the text of the HTML, as a browser would show it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text
