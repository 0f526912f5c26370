"""Retired words do not grow back in JavaScript, styles and templates either."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from tests.house.test_vocabulary import RETIRED, RETIRED_PROSE, parts
from tests.server import ROOT

FOLDERS = ("client/bin", "client/hooks", "client/lib", "script", "static", "templates")
JAVASCRIPT = Parser(Language(tree_sitter_javascript.language()))
# Names of a style sheet: classes, ids, custom properties, and what keyframes, containers and layers are called.
STYLE_NAME = re.compile(r"[.#](-?[A-Za-z_][\w-]*)|(--[\w-]+)|@(?:keyframes|container|layer)\s+([\w-]+)")
STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TEMPLATE_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
NAMING_ATTRIBUTES = frozenset(
    {"aria-controls", "aria-describedby", "aria-labelledby", "class", "for", "form", "id", "list"}
)
# Names that others hold: by file, and why they stay.
OPEN_PAGES = "pages that were opened before an upgrade have styles for it"
STORED = "a member of state.json on the disks of users"
ADDRESS = "part of an address that others link to"
ALLOWED = {
    "client/lib/notice.js": {"told": STORED, "told_newer": STORED},
    "templates/about/docs.html": {"trouble": ADDRESS},
    "templates/about/privacy.html": {"kept": ADDRESS},
    "templates/feed/_session_card.html": dict.fromkeys(("tile", "foot-of-tile", "doing"), OPEN_PAGES),
}
Names = Iterator[tuple[int, str]]


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


def parse(source: str) -> Node:
    root = JAVASCRIPT.parse(source.encode()).root_node
    assert not root.has_error, "the parser does not know this syntax"
    return root


def script_names(source: str) -> Names:
    """Names of variables, functions, parameters and properties, also of properties that are written as texts."""
    for node in nodes(parse(source)):
        key = node.child_by_field_name("key") or node.child_by_field_name("index")
        named = key if key and key.type == "string" else node
        if named is key or node.type.endswith(("identifier", "identifier_pattern")):
            yield node.start_point.row + 1, (named.text or b"").decode().strip("\"'#")


def style_names(source: str) -> Names:
    for line, text in enumerate(_blank(STYLE_COMMENT, source).splitlines(), 1):
        yield from ((line, name) for match in STYLE_NAME.findall(text) for name in match if name)


class Markup(HTMLParser):
    """Collects class names, ids, references to ids and names of data attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for attribute, value in attrs:
            found = (value or "").split() if attribute in NAMING_ATTRIBUTES else []
            self.names += [(self.getpos()[0], name) for name in [attribute, *found]]


def template_names(source: str) -> Names:
    """Names in markup, and variables, filters and blocks in Django's tags."""
    markup = Markup()
    markup.feed(_blank(TEMPLATE_TAG, source))
    yield from markup.names
    for tag in TEMPLATE_TAG.finditer(source):
        if not tag[0].startswith("{#"):
            line = source.count("\n", 0, tag.start()) + 1
            yield from ((line, name) for name in re.findall(r"[A-Za-z_]\w*", QUOTED.sub("", tag[0])))


def _blank(pattern: re.Pattern[str], source: str) -> str:
    """Takes out what matches, and keeps the lines."""
    return pattern.sub(lambda match: " " + "\n" * match[0].count("\n"), source)


READERS = {
    ".js": script_names,
    ".cjs": script_names,
    ".mjs": script_names,
    ".css": style_names,
    ".html": template_names,
}


def comments(path: Path) -> list[str]:
    if READERS.get(path.suffix) == script_names:
        return [(node.text or b"").decode() for node in nodes(parse(path.read_text())) if node.type == "comment"]
    return STYLE_COMMENT.findall(path.read_text()) if path.suffix == ".css" else []


def sources() -> list[Path]:
    paths = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in paths if path.suffix in READERS)


def retired_names(names: Names) -> list[tuple[int, str]]:
    return [(line, name) for line, name in names if parts(name) & RETIRED]


def test_no_retired_word_names_anything() -> None:
    assert len(sources()) > 200
    found = {}
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if names := {name for _, name in retired_names(READERS[path.suffix](path.read_text()))}:
            found[name] = names
    # A name that is gone leaves the list, too.
    assert found == {name: set(allowed) for name, allowed in ALLOWED.items()}


def test_no_comment_has_a_retired_word() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sources()
        for text in comments(path)
        for word in re.findall(r"[a-z]+", re.sub(r"`[^`]*`", "", text).lower())
        if word in RETIRED_PROSE
    ]
    assert found == []


def test_names_of_scripts_are_found() -> None:
    source = """
    const { told, was: saidBefore } = state; // "whose" in a comment, and in a text below
    function tellingAll(shelf = 1, ...bells) { return `${shelf.kept ?? anew} whose`; }
    class Story { #moment = /place\\/"/u; get doing() { return this?.["torn"] ?? { "begun": 1, near: "told" }; } }
    """
    found = " ".join(name for _, name in retired_names(script_names(source)))
    assert found == "told saidBefore tellingAll shelf bells shelf kept anew Story moment doing torn begun near"


def test_names_of_styles_are_found() -> None:
    source = """/* .told */
        .row.said > #kept::before { --bell: 1px; place-items: stretch; color: #bad; }
        @keyframes breathe {}"""
    assert retired_names(style_names(source)) == [(2, "said"), (2, "kept"), (2, "--bell"), (3, "breathe")]


def test_names_of_templates_are_found() -> None:
    source = (
        "{# told #}<p class='row {% if said %}tile{% endif %}' title=\"told\"\n data-whose=1>"
        '{{ torn.begun|default:"told" }} told</p>'
    )
    assert [name for _, name in retired_names(template_names(source))] == [
        "tile",
        "data-whose",
        "said",
        "torn",
        "begun",
    ]
