"""Terminal output as runs of text, each with its style. Pure, and one pass over the line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from re import Match

from events.wire import patterns

CHANGES = 200  # of style in a line; with more of them it is no output that somebody made to be read
# The sixteen colors that a page shows.
PALETTE = (
    *((0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)),
    *((85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255)),
    (255, 255, 255),
)
_CUBE = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class Style:
    """Colors are indexes of `PALETTE`."""

    color: int | None = None
    ground: int | None = None
    bold: bool = False
    dim: bool = False
    underlined: bool = False


@lru_cache(maxsize=1024)
def _css(style: Style) -> str:
    said = [f"{letter}{at}" for letter, at in (("a", style.color), ("g", style.ground)) if at is not None]
    said += [name for name, on in (("ab", style.bold), ("ad", style.dim), ("au", style.underlined)) if on]
    return " ".join(said)


PLAIN = Style()
Run = tuple[str, str]  # the classes of its style, and the text
_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    4: {"underlined": True},
    21: {"underlined": True},
    22: {"bold": False, "dim": False},
    24: {"underlined": False},
}


class Terminal:
    """Reads lines one after the other: a style lasts until it is taken back."""

    def __init__(self) -> None:
        self.style = PLAIN

    def read(self, line: str) -> list[Run] | None:
        """The runs of a line; None where it changes its style too often."""
        line = patterns.WINDOW_MESSAGE.sub(_without_end, line)
        if line.count("\x1b") > CHANGES:
            return None
        return [run for run in self._runs(line) if run[1]]

    def forget(self) -> None:
        """For a line that is passed over."""
        self.style = PLAIN

    def _runs(self, line: str) -> Iterator[Run]:
        start = 0
        for escape in patterns.ESCAPE.finditer(line):
            yield _css(self.style), line[start : escape.start()]
            start = escape.end()
            if color := patterns.COLOR.fullmatch(escape[0]):
                self.style = _changed(self.style, color[1])
        yield _css(self.style), line[start:]


def _without_end(message: Match[str]) -> str:
    """Nothing of a message to the window; all but its beginning where nothing ends it, since that is shown."""
    return "" if message[0].endswith(("\x07", "\x1b\\")) else message[0][2:]


def bare(line: str) -> str:
    """The line without what changes its style."""
    return patterns.ESCAPE.sub("", patterns.WINDOW_MESSAGE.sub(_without_end, line))


def _changed(style: Style, said: str) -> Style:
    """The style after `ESC [ said m`."""
    codes = iter([min(255, int(code[:4] or 0)) for code in said.split(";")])
    for code in codes:
        if code == 0:
            style = PLAIN
        elif code in _SWITCHES:
            style = replace(style, **_SWITCHES[code])
        elif code in (38, 48):
            at = _color(next(codes, None), codes)
            style = style if at is None else _in(style, at, is_ground=code == 48)
        else:
            style = _in_palette(style, code)
    return style


def _in_palette(style: Style, code: int) -> Style:
    tens, ones = divmod(code, 10)
    if tens not in (3, 4, 9, 10) or ones == 8 or (ones == 9 and tens in (9, 10)):
        return style
    at = None if ones == 9 else ones + (8 if tens in (9, 10) else 0)
    return _in(style, at, is_ground=tens in (4, 10))


def _in(style: Style, at: int | None, *, is_ground: bool) -> Style:
    # Written out: `replace` takes three times as long, and there may be one a character.
    if is_ground:
        return Style(style.color, at, style.bold, style.dim, style.underlined)
    return Style(at, style.ground, style.bold, style.dim, style.underlined)


def _color(kind: int | None, codes: Iterator[int]) -> int | None:
    """Of the palette, what comes next to an 8-bit or a 24-bit color."""
    if kind == 5:
        number = next(codes, None)
        return None if number is None else _nearest(*_of_256(number)) if number > 15 else number
    if kind == 2:
        parts = [part for part in (next(codes, None) for _ in range(3)) if part is not None]
        # In sixteen steps of each, so that few are different.
        return _nearest(*(part // 16 * 17 for part in parts)) if len(parts) == 3 else None
    return None


def _of_256(number: int) -> tuple[int, int, int]:
    if number > 231:
        gray = 8 + 10 * (number - 232)
        return gray, gray, gray
    red, rest = divmod(number - 16, 36)
    return _CUBE[red], _CUBE[rest // 6], _CUBE[rest % 6]


@lru_cache(maxsize=512)
def _nearest(red: int, green: int, blue: int) -> int:
    """The color of the palette that looks most like this one."""

    def distance(at: int) -> int:
        reds, greens, blues = PALETTE[at]
        mean, dr, dg, db = (red + reds) // 2, red - reds, green - greens, blue - blues
        return ((512 + mean) * dr * dr >> 8) + 4 * dg * dg + ((767 - mean) * db * db >> 8)

    return min(range(len(PALETTE)), key=distance)
