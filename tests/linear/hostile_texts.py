"""Texts that may take long: unclosed openers, nesting, repetition. Each has a name and can have any length."""

from collections.abc import Callable

# Text that begins a construct: in a terminal, in Markdown, in JSON, in the host's tags, in code.
OPENERS = (
    *(
        "<system-reminder>",
        "<task-notification>",
        "<summary>",
        "<status>",
        "</system-reminder>",
        "<a ",
        "</",
        "<!--",
        "<",
    ),
    *("\x1b[", "\x1b]", "\x1b]8;;", "\x1b[31m", "\x1b[38;2;", "\x1b", "\r", "\x07"),
    *("[", "![", "[](", "[a](", "](", "<http:", "`", "``", "```\n", "~~~\n", "*", "**", "_", "*a_ ", "a*", "~~", "|"),
    *("|a|b\n", "> ", ">", "- ", "1. ", "# ", "    ", "\t", "---\n", "[a]: ", "&", "&#", "\\", "\\[", "a\n=\n"),
    *(
        '"',
        "'",
        '"""',
        "'''",
        '\\"',
        "{",
        "[{",
        "(",
        "((",
        '{"a":',
        "/*",
        "//",
        "//*",
        "--",
        "<<A\n",
        "<?",
        "{{",
        "{%",
        "@",
    ),
    *(
        "[redacted:",
        "project:",
        'project:"',
        "file:",
        "mcp__",
        "__",
        "cd a && ",
        "A=1 ",
        "| tail ",
        ";",
        "; echo a",
        "|| true",
    ),
    *(
        "no ",
        "E ",
        "===",
        "Exit code 1",
        "tool_name",
        '"tool_name" : ',
        "- a\n  ",
        "0",
        "1.",
        "-",
        "AB",
        "aB",
        "a.b-",
        "http://",
    ),
)
ENDS = {
    "<system-reminder>": "</system-reminder>",
    "<summary>": "</summary>",
    "\x1b]8;;": "\x1b\\",
    "\x1b[": "m",
    "`": "``",
    "[a](": ")",
    "(": ")",
    "{": "}",
    '"': '\\"',
    "**": "_",
    "/*": "*/",
}
UNICODE = {
    "combining marks": "\u0301\u0316",
    "hidden characters": "\u200b\U000e0041",
    "ligatures that are long apart": "\ufdfa",
    "CJK": "\u6f22",
    "emoji with joiners": "\U0001f468\u200d",
    "lone surrogates": "\ud800",
    "line separators": "\u2028\x0b",
    "blanks": "\u3000 ",
}
Make = Callable[[int], str]


def _repeated(piece: str) -> Make:
    return lambda size: piece * (size // len(piece))


def _closed(opener: str, end: str) -> Make:
    """The first half consists of openers, the second half of ends."""
    return lambda size: opener * (size // 2 // len(opener)) + end * (size // 2 // len(end))


def _lines(size: int) -> str:
    return "".join(f"{number % 97}\n" for number in range(size // 3))


def _alternating_lines(size: int) -> str:
    return "a\nb\na\n" * (size // 6)


TEXTS: dict[str, Make] = {
    "a long word": _repeated("a"),
    "capitals": _repeated("A"),
    "blanks": _repeated(" "),
    "empty lines": _repeated("\n"),
    "short lines": _lines,
    "the same few lines": _alternating_lines,
    "words": _repeated("word "),
    "new colors": lambda size: "".join(f"\x1b[38;2;{at % 256};{at // 256};0ma" for at in range(size // 18)),
    "a table": lambda size: "|a" * (size // 4) + "|\n" + "|-" * (size // 4) + "|\n",
    "a table of many rows": lambda size: "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "|\n" * (size // 2),
    "nested brackets": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "nested quotes": lambda size: "\n".join(">" * depth for depth in range(int(size**0.5))),
    "nested lists": lambda size: "\n".join("  " * depth + "- a" for depth in range(int(size**0.5))),
    "runs of backticks": lambda size: " ".join("`" * length for length in range(1, int((2 * size) ** 0.5))),
    "references": lambda size: "".join(f"[a{at}]: b\n" for at in range(size // 20)) + "[a1]" * (size // 8),
    **{f"{opener!r} again and again": _repeated(opener) for opener in OPENERS},
    **{f"{opener!r} on lines": _repeated(opener + "\n") for opener in OPENERS[::4]},
    **{f"{opener!r} then {end!r}": _closed(opener, end) for opener, end in ENDS.items()},
    **{f"{opener!r} with {end!r}": _repeated(opener + end) for opener, end in ENDS.items()},
    **{name: _repeated(piece) for name, piece in UNICODE.items()},
    "combining marks after a letter": lambda size: "a" + UNICODE["combining marks"] * (size // 2),
}
