"""Source code as parts, each with the class of its color. Pure, and one pass over the text.

Ours, and not a library's: those find their way by patterns that take minutes on texts that are made for it.
"""

from collections.abc import Iterator

from dashboard.render.languages import LANGUAGES, Language

Part = tuple[str, str]  # the class of its color, and the text
_FAMILIES = {"comment": "tc", "string": "ts", "number": "tn", "decorator": "tf"}
_CHANGES = {"+": "ts", "-": "tc", "@": "tk"}  # lines of a difference


def parts(source: str, lexer: str) -> Iterator[Part]:
    """All of the text, in parts."""
    language, start, before = LANGUAGES[lexer], 0, ""
    for found in language.pattern.finditer(source):
        if found.start() > start:
            yield "", source[start : found.start()]
        yield _family(language, found.lastgroup or "", found[0], before), found[0]
        start = found.end()
        before = found[0] if found.lastgroup == "word" else ""
    yield "", source[start:]


def _family(language: Language, group: str, said: str, before: str) -> str:
    if group == "word":
        return _of_word(language, said, before)
    if group == "line":
        return _of_line(language, said)
    return _FAMILIES[group]


def _of_word(language: Language, word: str, before: str) -> str:
    if (word.lower() if language.any_case else word) in language.keywords:
        return "tk"
    if before in language.defines:
        return "tf"
    return "tb" if word in language.builtins else ""


def _of_line(language: Language, said: str) -> str:
    family = language.line[0]
    if not family:
        return _CHANGES.get(said[:1], "")
    return family if family != "tf" or said.endswith((":", "=")) else ""
