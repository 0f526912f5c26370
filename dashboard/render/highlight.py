"""Renders source code and terminal output as lines of HTML with color classes. Pure."""

from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath

from dashboard.render import render_budget, syntax
from dashboard.render.html_builder import Html, join_html, render_span, render_text
from dashboard.render.render_budget import RenderBudget
from dashboard.render.safe_text import make_visible
from dashboard.render.terminal_styles import TerminalParser, strip_escapes

MAX_CODE_CHARS, MAX_CODE_LINE_CHARS = 12_000, 600  # longer code or lines stay plain: users do not read minified code
# Lexer → file extensions. A table instead of guessing, so that captured text cannot choose any lexer.
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
COLOR_CLASSES = ("tc", "tk", "ts", "tn", "tf", "tb")  # CSS classes


def find_lexer(path: str) -> str:
    """Returns the lexer for a path; empty if there is none."""
    name = PurePosixPath(path.replace("\\", "/")[-200:]).name.lower()
    return _LEXER_BY_EXTENSION.get(name.rpartition(".")[2], "")


def find_lexer_by_name(name: str) -> str:
    """Returns the lexer for the language name of a Markdown fence; empty if there is none."""
    return _LEXER_BY_EXTENSION.get(name.lower(), "")


def highlight_code(lines: list[str], lexer: str) -> list[Html]:
    """Colors lines of code; leaves them plain if the language is unknown or coloring would take too long."""
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
    """Renders the tokens of a line. Neighbors of one color share a span, which halves the number of spans."""
    runs = [(css, "".join(part for _, part in run)) for css, run in groupby(tokens, key=itemgetter(0))]
    if not budget.spend(spans=len(runs)):
        return render_text("".join(part for _, part in runs))
    return join_html(render_span(css, part) for css, part in runs if part)


def _is_too_long(lines: list[str]) -> bool:
    # Coloring would split a redaction, and its chip is more useful than colors.
    return any(len(line) > MAX_CODE_LINE_CHARS or "[redacted:" in line for line in lines)


# --- Terminals ------------------------------------------------------------------------------------------


def highlight_terminal(lines: list[str]) -> list[Html]:
    """Renders terminal output with its own colors. An overwritten line shows its last state."""
    last_states = [line.rstrip("\r").rpartition("\r")[2] for line in lines]
    if not any("\x1b" in line for line in last_states) or sum(map(len, last_states)) > 20 * MAX_CODE_CHARS:
        return [render_text(line) for line in last_states]
    parser, budget = TerminalParser(), render_budget.current_budget()
    return [_render_terminal_line(line, parser, budget) for line in last_states]


def _render_terminal_line(line: str, parser: TerminalParser, budget: RenderBudget) -> Html:
    if not budget.spend(spans=line.count("\x1b") + 1):
        parser.reset_style()  # the style changes of this line are skipped
        return render_text(strip_escapes(line))
    runs = parser.parse_line(line)
    if runs is None:
        return render_text(strip_escapes(line))
    return join_html(render_span(css, part) for css, part in runs)
