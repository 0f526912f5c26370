"""Source code and terminal output as lines of HTML with classes for their colors. Pure."""

from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath

from dashboard.render import render_budget, syntax
from dashboard.render.html_builder import Html, joined, span, text
from dashboard.render.render_budget import Budget
from dashboard.render.safe_text import visible
from dashboard.render.terminal_styles import Terminal, bare

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
FAMILIES = ("tc", "tk", "ts", "tn", "tf", "tb")  # classes of colors


def language(path: str) -> str:
    """The lexer for a file of this name; empty where there is none."""
    name = PurePosixPath(path.replace("\\", "/")[-200:]).name.lower()
    return _BY_ENDING.get(name.rpartition(".")[2], "")


def named(word: str) -> str:
    """The lexer that the word beside a Markdown fence means."""
    return _BY_ENDING.get(word.lower(), "")


def code(lines: list[str], lexer: str) -> list[Html]:
    """These lines, colored by their language; as they are where that is unknown or would take long."""
    size, page = sum(map(len, lines)), render_budget.current()
    if not lexer or size > LONGEST or _is_heavy(lines) or not page.take(code=size):
        return [text(line) for line in lines]
    painted: list[list[syntax.Part]] = [[]]
    for css, part in syntax.parts(visible("\n".join(lines)), lexer):
        first, *more = part.split("\n")
        painted[-1].append((css, first))
        painted += [[(css, line)] for line in more]
    return [_spans(line, page) for line in painted[: len(lines)]]


def _spans(parts: list[syntax.Part], page: Budget) -> Html:
    """Neighbors of one color become one span: there are half as many."""
    runs = [(css, "".join(part for _, part in run)) for css, run in groupby(parts, key=itemgetter(0))]
    if not page.take(spans=len(runs)):
        return text("".join(part for _, part in runs))
    return joined(span(css, part) for css, part in runs if part)


def _is_heavy(lines: list[str]) -> bool:
    # A redaction would be taken apart by the colors; as a chip it says more than they do.
    return any(len(line) > LONGEST_LINE or "[redacted:" in line for line in lines)


# --- Terminals ------------------------------------------------------------------------------------------


def terminal(lines: list[str]) -> list[Html]:
    """What a program printed, in the colors it asked for. A line that it wrote over shows its last state."""
    shown = [line.rstrip("\r").rpartition("\r")[2] for line in lines]
    if not any("\x1b" in line for line in shown) or sum(map(len, shown)) > 20 * LONGEST:
        return [text(line) for line in shown]
    screen, page = Terminal(), render_budget.current()
    return [_colored(line, screen, page) for line in shown]


def _colored(line: str, screen: Terminal, page: Budget) -> Html:
    if not page.take(spans=line.count("\x1b") + 1):
        screen.forget()  # what this line would have changed
        return text(bare(line))
    runs = screen.read(line)
    if runs is None:
        return text(bare(line))
    return joined(span(css, part) for css, part in runs)
