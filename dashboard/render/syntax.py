"""Splits source code into tokens with color classes. Pure, in one pass over the text.

No library is used: their patterns take minutes on texts that are crafted for it.
"""

from collections.abc import Iterator

from dashboard.render.languages import LANGUAGES, Language

SyntaxToken = tuple[str, str]  # color class, text
_COLOR_BY_GROUP = {"comment": "tc", "string": "ts", "number": "tn", "decorator": "tf"}
_DIFF_COLORS = {"+": "ts", "-": "tc", "@": "tk"}  # lines of a difference


def tokenize_source(source: str, lexer: str) -> Iterator[SyntaxToken]:
    """Yields the whole text as tokens."""
    language, start, previous_word = LANGUAGES[lexer], 0, ""
    for match in language.pattern.finditer(source):
        if match.start() > start:
            yield "", source[start : match.start()]
        yield _token_color(language, match.lastgroup or "", match[0], previous_word), match[0]
        start = match.end()
        previous_word = match[0] if match.lastgroup == "word" else ""
    yield "", source[start:]


def _token_color(language: Language, group: str, token: str, previous_word: str) -> str:
    if group == "word":
        return _word_color(language, token, previous_word)
    if group == "line":
        return _line_color(language, token)
    return _COLOR_BY_GROUP[group]


def _word_color(language: Language, word: str, previous_word: str) -> str:
    if (word.lower() if language.ignores_case else word) in language.keywords:
        return "tk"
    if previous_word in language.definition_keywords:
        return "tf"
    return "tb" if word in language.builtins else ""


def _line_color(language: Language, line: str) -> str:
    color = language.line_rule[0]
    if not color:
        return _DIFF_COLORS.get(line[:1], "")
    return color if color != "tf" or line.endswith((":", "=")) else ""
