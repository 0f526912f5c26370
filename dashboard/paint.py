"""Source code and terminal output as lines of HTML with classes for their colours. Pure.

The libraries are loaded when they are first needed: a process that only takes events in does without them.
"""

import re
from functools import cache
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dashboard.markup import Html, joined, span, text
from dashboard.text import visible

if TYPE_CHECKING:
    from rich.style import Style

LONGEST, LONGEST_LINE = 12_000, 600  # characters that are worth colouring; minified code is not read
# Which lexer a file's ending asks for. A table instead of guessing: what was captured does not choose freely.
LEXERS = {
    "bash": "sh bash zsh ksh",
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp",
    "csharp": "cs",
    "css": "css",
    "scss": "scss less",
    "diff": "diff patch",
    "django": "djhtml j2 jinja",
    "docker": "dockerfile containerfile",
    "elixir": "ex exs",
    "go": "go",
    "haskell": "hs",
    "html": "html htm svg xml vue svelte",
    "ini": "ini cfg conf env editorconfig properties",
    "java": "java",
    "javascript": "js cjs mjs jsx",
    "json": "json jsonl ipynb webmanifest",
    "kotlin": "kt kts",
    "lua": "lua",
    "make": "mk makefile",
    "markdown": "md markdown",
    "nix": "nix",
    "perl": "pl pm",
    "php": "php",
    "powershell": "ps1",
    "protobuf": "proto",
    "python": "py pyi",
    "r": "r",
    "ruby": "rb rake gemfile",
    "rust": "rs",
    "scala": "scala",
    "sql": "sql",
    "swift": "swift",
    "terraform": "tf hcl",
    "toml": "toml lock",
    "typescript": "ts tsx cts mts",
    "yaml": "yaml yml",
    "zig": "zig",
}
_BY_ENDING = {ending: lexer for lexer, endings in LEXERS.items() for ending in (lexer, *endings.split())}
# Families of tokens, the narrow before the wide ones they belong to.
FAMILIES = (
    ("Comment", "tc"),
    ("Keyword", "tk"),
    ("Literal.String", "ts"),
    ("Literal.Number", "tn"),
    ("Name.Function", "tf"),
    ("Name.Class", "tf"),
    ("Name.Decorator", "tf"),
    ("Name.Tag", "tk"),
    ("Name.Attribute", "tf"),
    ("Name.Builtin", "tb"),
    ("Name.Exception", "tb"),
    ("Generic.Heading", "tk"),
    ("Generic.Deleted", "tc"),
    ("Generic.Inserted", "ts"),
)


def language(path: str) -> str:
    """The lexer for a file of this name; empty where there is none."""
    name = PurePosixPath(path.replace("\\", "/")[-200:]).name.lower()
    return _BY_ENDING.get(name.rpartition(".")[2], "")


def named(word: str) -> str:
    """The lexer that the word beside a Markdown fence means."""
    return _BY_ENDING.get(word.lower(), "")


def code(lines: list[str], lexer: str) -> list[Html]:
    """These lines, coloured by their language; as they are where that is unknown or would take long."""
    if not lexer or _is_heavy(lines):
        return [text(line) for line in lines]
    painted: list[list[tuple[str, str]]] = [[]]
    # Made visible first: the lexers drop a byte order mark and turn line ends around.
    for kind, part in _lexer(lexer).get_tokens(visible("\n".join(lines))):
        first, *more = part.split("\n")
        painted[-1].append((_family(kind), first))
        painted += [[(_family(kind), line)] for line in more]
    return [_spans(line) for line in painted[: len(lines)]]


def _spans(parts: list[tuple[str, str]]) -> Html:
    """Neighbours of one colour become one span: there are half as many."""
    runs = ((css, "".join(part for _, part in run)) for css, run in groupby(parts, key=itemgetter(0)))
    return joined(span(css, part) for css, part in runs if part)


def _is_heavy(lines: list[str]) -> bool:
    # A redaction would be taken apart by the colours; as a chip it says more than they do.
    return sum(map(len, lines)) > LONGEST or any(len(line) > LONGEST_LINE or "[redacted:" in line for line in lines)


@cache
def _lexer(name: str) -> Any:
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


@cache
def _family(kind: Any) -> str:
    name = str(kind).removeprefix("Token.") + "."
    return next((css for family, css in FAMILIES if name.startswith(family + ".")), "")


# --- Terminals ------------------------------------------------------------------------------------------

# Titles of windows and addresses of links, which a page has no use for, with both of their ends.
_TOLD_TO_THE_WINDOW = re.compile("\x1b\\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\\\)")


def terminal(lines: list[str]) -> list[Html]:
    """What a program printed, in the colours it asked for. A line that it wrote over shows its last state."""
    shown = [_TOLD_TO_THE_WINDOW.sub("", line.rstrip("\r").rpartition("\r")[2]) for line in lines]
    if not any("\x1b" in line for line in shown) or sum(map(len, shown)) > 20 * LONGEST:
        return [text(line) for line in shown]
    from rich.ansi import AnsiDecoder

    decoder = AnsiDecoder()
    return [_coloured(decoder.decode_line(line)) for line in shown]


def _coloured(line: Any) -> Html:
    """Rich's text as spans; of overlapping styles it keeps the order."""
    plain, cuts = line.plain, {0, len(line.plain)}
    for part in line.spans:
        cuts |= {part.start, part.end}
    edges = sorted(cut for cut in cuts if 0 <= cut <= len(plain))
    pieces = pairwise(edges)
    return joined(span(_classes(_style_at(line, at)), plain[at:end]) for at, end in pieces)


def _style_at(line: Any, at: int) -> "Style | None":
    styles = [part.style for part in line.spans if part.start <= at < part.end]
    return styles[-1] if styles else None


@cache
def _classes(style: "Style | None") -> str:
    if style is None:
        return ""
    from rich.color import ColorSystem

    colour, ground = (
        found and not found.is_default and found.downgrade(ColorSystem.STANDARD).number
        for found in (style.color, style.bgcolor)
    )
    said = [f"a{colour}"] if isinstance(colour, int) and colour is not False else []
    said += [f"g{ground}"] if isinstance(ground, int) and ground is not False else []
    said += [name for name, wanted in (("ab", style.bold), ("ad", style.dim), ("au", style.underline)) if wanted]
    return " ".join(said)
