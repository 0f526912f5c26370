"""Captured strings, made fit to be looked at. Pure.

Whatever was captured may be hostile. Escaping is the template's work; here what a page cannot show, or would
show as something else (control characters, text that runs backwards, zero-width and tag characters), becomes
visible, and length gets a bound.
"""

import re

# C0 and C1, DEL, soft hyphen, zero-width space, direction marks and overrides, line separators, invisible
# operators, BOM, interlinear marks, lone surrogates, tag characters. The joiners stay: scripts and emoji need them.
_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
_ONE_LINE = re.compile(f"[{_UNSEEN}]")
_LINES = re.compile(f"(?![\t\n])[{_UNSEEN}]")
_BLANK = re.compile(r"[ \t\r\n\f\v]+")
_LOOK = 4  # how much more than the bound is looked at: white space shrinks, marks grow
ELLIPSIS = "…"


def visible(text: str) -> str:
    """The text with nothing hidden in it; line feeds and tabs stay."""
    return _LINES.sub(_mark, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int) -> str:
    """The whole text on one line, nothing hidden, at most `limit` characters."""
    head = text[: limit * _LOOK]
    line = _ONE_LINE.sub(_mark, _BLANK.sub(" ", head).strip(" "))
    return clip(line, limit) if len(head) == len(text) else clip(line + ELLIPSIS, limit)


def first_line(text: str, limit: int) -> str:
    """The first line that says something; an ellipsis tells that there are more."""
    lines = text[: limit * _LOOK].strip().splitlines()
    if not lines:
        return one_line(text, limit)
    more = len(lines) > 1 or len(text) > limit * _LOOK
    return clip(one_line(lines[0], limit) + (f" {ELLIPSIS}" if more else ""), limit)


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def _mark(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point < 0x20:
        return chr(0x2400 + point)  # the picture Unicode has for it: ␀ … ␟
    return "␡" if point == 0x7F else f"⟨U+{point:04X}⟩"
