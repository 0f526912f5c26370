"""Source code and terminal output as lines of HTML with classes for their colors. Pure."""

from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath

from dashboard.render import render_budget, syntax
from dashboard.render.html_builder import Html, join_html, render_span, render_text
from dashboard.render.render_budget import RenderBudget
from dashboard.render.safe_text import make_visible
from dashboard.render.terminal_styles import TerminalParser, strip_escapes

MAX_CODE_CHARS, MAX_CODE_LINE_CHARS = 12_000, 600  # characters that are worth colouring; minified code is not read
# Which lexer a file's ending asks for. A table instead of guessing: what was captured does not choose freely.
LEXER_EXTENSIONS = {
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
_LEXER_BY_EXTENSION = {
    ending: lexer for lexer, endings in LEXER_EXTENSIONS.items() for ending in (lexer, *endings.split())
}
COLOR_CLASSES = ("tc", "tk", "ts", "tn", "tf", "tb")  # classes of colors


def find_lexer(path: str) -> str:
    """The lexer for a file of this name; empty where there is none."""
    name = PurePosixPath(path.replace("\\", "/")[-200:]).name.lower()
    return _LEXER_BY_EXTENSION.get(name.rpartition(".")[2], "")


def find_lexer_by_name(name: str) -> str:
    """The lexer that the word beside a Markdown fence means."""
    return _LEXER_BY_EXTENSION.get(name.lower(), "")


def highlight_code(lines: list[str], lexer: str) -> list[Html]:
    """These lines, colored by their language; as they are where that is unknown or would take long."""
    size, budget = sum(map(len, lines)), render_budget.current_budget()
    if not lexer or size > MAX_CODE_CHARS or _is_too_long(lines) or not budget.spend(code_chars=size):
        return [render_text(line) for line in lines]
    token_lines: list[list[syntax.SyntaxToken]] = [[]]
    for css_class, token in syntax.tokenize_source(make_visible("\n".join(lines)), lexer):
        first, *more = token.split("\n")
        token_lines[-1].append((css_class, first))
        token_lines += [[(css_class, line)] for line in more]
    return [_render_spans(line, budget) for line in token_lines[: len(lines)]]


def _render_spans(tokens: list[syntax.SyntaxToken], budget: RenderBudget) -> Html:
    """Neighbors of one color become one span: there are half as many."""
    runs = [(css, "".join(part for _, part in run)) for css, run in groupby(tokens, key=itemgetter(0))]
    if not budget.spend(spans=len(runs)):
        return render_text("".join(part for _, part in runs))
    return join_html(render_span(css, part) for css, part in runs if part)


def _is_too_long(lines: list[str]) -> bool:
    # A redaction would be taken apart by the colors; as a chip it says more than they do.
    return any(len(line) > MAX_CODE_LINE_CHARS or "[redacted:" in line for line in lines)


# --- Terminals ------------------------------------------------------------------------------------------


def highlight_terminal(lines: list[str]) -> list[Html]:
    """What a program printed, in the colors it asked for. A line that it wrote over shows its last state."""
    last_states = [line.rstrip("\r").rpartition("\r")[2] for line in lines]
    if not any("\x1b" in line for line in last_states) or sum(map(len, last_states)) > 20 * MAX_CODE_CHARS:
        return [render_text(line) for line in last_states]
    parser, budget = TerminalParser(), render_budget.current_budget()
    return [_render_terminal_line(line, parser, budget) for line in last_states]


def _render_terminal_line(line: str, parser: TerminalParser, budget: RenderBudget) -> Html:
    if not budget.spend(spans=line.count("\x1b") + 1):
        parser.reset_style()  # what this line would have changed
        return render_text(strip_escapes(line))
    runs = parser.parse_line(line)
    if runs is None:
        return render_text(strip_escapes(line))
    return join_html(render_span(css, part) for css, part in runs)
