"""Splits terminal output into runs of text with one style each. Pure, in one pass over the line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from re import Match

from events.wire import patterns

MAX_STYLE_CHANGES = 200  # escape sequences in a line; output with more of them is not meant for reading
# The sixteen colors of the dashboard.
PALETTE = (
    *((0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)),
    *((85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255)),
    (255, 255, 255),
)
_CUBE_LEVELS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class TerminalStyle:
    """The style of a run. Colors are indexes of `PALETTE`."""

    color: int | None = None
    background: int | None = None
    bold: bool = False
    dim: bool = False
    underlined: bool = False


@lru_cache(maxsize=1024)
def _css_classes(style: TerminalStyle) -> str:
    classes = [
        f"{letter}{index}" for letter, index in (("a", style.color), ("g", style.background)) if index is not None
    ]
    classes += [name for name, is_on in (("ab", style.bold), ("ad", style.dim), ("au", style.underlined)) if is_on]
    return " ".join(classes)


DEFAULT_STYLE = TerminalStyle()
StyledRun = tuple[str, str]  # CSS classes of the style, text
_STYLE_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    4: {"underlined": True},
    21: {"underlined": True},
    22: {"bold": False, "dim": False},
    24: {"underlined": False},
}


class TerminalParser:
    """Parses lines in order: a style lasts until a later escape sequence resets it."""

    def __init__(self) -> None:
        self.style = DEFAULT_STYLE

    def parse_line(self, line: str) -> list[StyledRun] | None:
        """Returns the runs of a line; None if the line changes its style too often."""
        line = patterns.OSC_SEQUENCE.sub(_strip_window_message, line)
        if line.count("\x1b") > MAX_STYLE_CHANGES:
            return None
        return [run for run in self._iter_runs(line) if run[1]]

    def reset_style(self) -> None:
        """Resets the style, for a line that is not parsed."""
        self.style = DEFAULT_STYLE

    def _iter_runs(self, line: str) -> Iterator[StyledRun]:
        start = 0
        for escape in patterns.ANSI_ESCAPE.finditer(line):
            yield _css_classes(self.style), line[start : escape.start()]
            start = escape.end()
            if color := patterns.ANSI_COLOR.fullmatch(escape[0]):
                self.style = _apply_codes(self.style, color[1])
        yield _css_classes(self.style), line[start:]


def _strip_window_message(message: Match[str]) -> str:
    """Removes a message to the terminal window; of a message without an end, only its first two characters.

    The rest of such a message is shown.
    """
    return "" if message[0].endswith(("\x07", "\x1b\\")) else message[0][2:]


def strip_escapes(line: str) -> str:
    """Removes the escape sequences of a line."""
    return patterns.ANSI_ESCAPE.sub("", patterns.OSC_SEQUENCE.sub(_strip_window_message, line))


def _apply_codes(style: TerminalStyle, parameters: str) -> TerminalStyle:
    """Returns the style after `ESC [ parameters m`."""
    codes = iter([min(255, int(code[:4] or 0)) for code in parameters.split(";")])
    for code in codes:
        if code == 0:
            style = DEFAULT_STYLE
        elif code in _STYLE_SWITCHES:
            style = replace(style, **_STYLE_SWITCHES[code])
        elif code in (38, 48):
            color = _parse_extended_color(next(codes, None), codes)
            style = style if color is None else _with_color(style, color, is_background=code == 48)
        else:
            style = _apply_palette_code(style, code)
    return style


def _apply_palette_code(style: TerminalStyle, code: int) -> TerminalStyle:
    tens, ones = divmod(code, 10)
    if tens not in (3, 4, 9, 10) or ones == 8 or (ones == 9 and tens in (9, 10)):
        return style
    color = None if ones == 9 else ones + (8 if tens in (9, 10) else 0)
    return _with_color(style, color, is_background=tens in (4, 10))


def _with_color(style: TerminalStyle, color: int | None, *, is_background: bool) -> TerminalStyle:
    # Not `replace`: it takes three times as long, and every character may change the color.
    if is_background:
        return TerminalStyle(style.color, color, style.bold, style.dim, style.underlined)
    return TerminalStyle(color, style.background, style.bold, style.dim, style.underlined)


def _parse_extended_color(mode: int | None, codes: Iterator[int]) -> int | None:
    """Returns the color of the palette that is nearest to an 8-bit or a 24-bit color."""
    if mode == 5:
        number = next(codes, None)
        return None if number is None else _nearest_palette_index(*_xterm_to_rgb(number)) if number > 15 else number
    if mode == 2:
        parts = [part for part in (next(codes, None) for _ in range(3)) if part is not None]
        # Sixteen steps of each component, so that few different colors reach the cache.
        return _nearest_palette_index(*(part // 16 * 17 for part in parts)) if len(parts) == 3 else None
    return None


def _xterm_to_rgb(number: int) -> tuple[int, int, int]:
    if number > 231:
        gray = 8 + 10 * (number - 232)
        return gray, gray, gray
    red, rest = divmod(number - 16, 36)
    return _CUBE_LEVELS[red], _CUBE_LEVELS[rest // 6], _CUBE_LEVELS[rest % 6]


@lru_cache(maxsize=512)
def _nearest_palette_index(red: int, green: int, blue: int) -> int:
    """Returns the color of the palette that looks most similar to an RGB color."""

    def distance(index: int) -> int:
        reds, greens, blues = PALETTE[index]
        mean, dr, dg, db = (red + reds) // 2, red - reds, green - greens, blue - blues
        return ((512 + mean) * dr * dr >> 8) + 4 * dg * dg + ((767 - mean) * db * db >> 8)

    return min(range(len(PALETTE)), key=distance)
