"""`python -m script.unicode_table`: writes `events/wire/unicode_table.py`, the tables of `events.wire.visibility`.

The properties come from the pinned package `regex`, whose tables have one Unicode version. Python's `unicodedata` lacks
most of them, and its version changes with Python. A test compares the file with this program's output.
"""

import textwrap
import unicodedata
from pathlib import Path

import regex

OUTPUT_PATH = Path(__file__).parent.parent / "events" / "wire" / "unicode_table.py"
VERSION = "18.0.0"
# Every code point, at its index.
ALL_CHARACTERS = "".join(map(chr, range(0x110000)))
# Characters without a visible glyph whose Unicode properties do not show this.
BLANKS = {
    0x2800: "BRAILLE PATTERN BLANK",
    0xFFFC: "OBJECT REPLACEMENT CHARACTER",
    0x13441: "EGYPTIAN HIEROGLYPH FULL BLANK",
    0x13442: "EGYPTIAN HIEROGLYPH HALF BLANK",
    0x16FE4: "KHITAN SMALL SCRIPT FILLER",
    0x1D159: "MUSICAL SYMBOL NULL NOTEHEAD",
    0x1DA7F: "SIGNWRITING LOCATION-WALLPLANE SPACE",
    0x1DA80: "SIGNWRITING LOCATION-FLOORPLANE SPACE",
}
# Characters without a visible glyph that change only the character before them.
JOINERS = r"\u2D7F\U0001107F\U0001BC9D"  # of Tifinagh consonants, Brahmi numbers, Duployan letters
SIGN_WRITING = r"\U0001DA9B-\U0001DA9F\U0001DAA1-\U0001DAAF"
# Characters that look like a backtick, although no normalization turns them into one.
LIKE_BACKTICKS = {
    0xB4: "ACUTE ACCENT",
    0x2CA: "MODIFIER LETTER ACUTE ACCENT",
    0x2CB: "MODIFIER LETTER GRAVE ACCENT",
    0x2F4: "MODIFIER LETTER MIDDLE GRAVE ACCENT",
    0x1FFD: "GREEK OXIA",
    0x2035: "REVERSED PRIME",
}
JOINING = r"[\p{Joining_Type=Dual_Joining}\p{Joining_Type=Right_Joining}\p{Joining_Type=Left_Joining}]"
INDIC = r"[^\p{Indic_Syllabic_Category=Other}]"
STACKER = r"\p{Indic_Syllabic_Category=Invisible_Stacker}"
HIDDEN = (
    r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}"
    + STACKER
    + JOINERS
    + SIGN_WRITING
    + "".join(f"\\U{point:08X}" for point in BLANKS)
    + "]"
)

# The name of each set, its description, and its character class.
SETS: dict[str, tuple[str, str]] = {
    "HIDDEN": (
        "Default_Ignorable_Code_Point; controls, formats, surrogates, private use, unassigned, line separators; "
        "blank glyphs that are no space; and joiners and selectors.",
        HIDDEN,
    ),
    "HIDDEN_IN_LINES": ("HIDDEN without the tab and the line feed.", rf"[{HIDDEN}--[\t\n]]"),
    "SPACES": ("Zs: spaces of all widths.", r"[\p{Zs}]"),
    "MARKS": ("Visible marks that combine with the character before.", rf"[\p{{M}}--{HIDDEN}]"),
    "JOINED": (
        "Letters that ZERO WIDTH JOINER and NON-JOINER may follow: joining ones (Joining_Type) and Indic ones.",
        rf"[\p{{L}}&&[{JOINING}{INDIC}]]",
    ),
    "STACKED": ("Letters that an invisible stacker may follow.", rf"[\p{{L}}&&{INDIC}]"),
    "STACKERS": ("Indic_Syllabic_Category=Invisible_Stacker.", f"[{STACKER}]"),
    "PICTURES": (
        "Emoji that ZERO WIDTH JOINER may follow or be followed by: Extended_Pictographic, Emoji_Modifier.",
        r"[\p{Extended_Pictographic}\p{Emoji_Modifier}--\p{Cn}]",
    ),
    "EMOJI": ("Emoji that a selector of presentation may follow.", r"[\p{Emoji}--\p{ASCII}]"),
    "MONGOLIAN": ("Letters that a Mongolian selector may follow.", r"[\p{L}&&\p{Script=Mongolian}]"),
    "TIFINAGH": ("Letters that U+2D7F may follow.", r"[\p{L}&&\p{Script=Tifinagh}]"),
    "BRAHMI_NUMBERS": ("Numbers that U+1107F may follow.", r"[\p{N}&&\p{Script=Brahmi}]"),
    "DUPLOYAN": ("Letters that U+1BC9D may follow.", r"[\p{L}&&\p{Script=Duployan}]"),
    "SIGN_WRITING": ("Signs that a modifier of SignWriting may follow.", r"[\p{So}&&\p{Script=SignWriting}]"),
    "SIGN_MODIFIERS": ("The modifiers of SignWriting.", f"[{SIGN_WRITING}]"),
}
HEADER = '''"""Sets of code points of Unicode {version}, as hexadecimal ranges; see `script.unicode_table`."""

VERSION = "{version}"
'''


def main() -> None:
    OUTPUT_PATH.write_text(render_module())


def render_module() -> str:
    parts = [HEADER.format(version=VERSION)]
    parts += [
        _render_assignment(name, description, list_ranges(class_)) for name, (description, class_) in SETS.items()
    ]
    pattern = "".join(f"\\U{point:08X}" for point in list_backticks())
    parts.append(
        _render_assignment(
            "BACKTICKS", "Characters that normalize to a backtick or look like one.", list_ranges(f"[{pattern}]")
        )
    )
    return "".join(parts)


def list_ranges(class_: str) -> list[str]:
    """Lists the ranges of code points in a character class, as hexadecimal numbers."""
    spans = (run.span() for run in regex.compile(f"{class_}+", regex.V1).finditer(ALL_CHARACTERS))
    return [f"{start:x}-{end - 1:x}" if end > start + 1 else f"{start:x}" for start, end in spans]


def list_backticks() -> list[int]:
    """Lists the code points that look like a backtick, or whose NFKD form contains a backtick."""
    found = {ord("`")} | {
        point for point, char in enumerate(ALL_CHARACTERS) if "`" in unicodedata.normalize("NFKD", char)
    }
    return sorted(found | set(LIKE_BACKTICKS))


def _render_assignment(name: str, description: str, ranges: list[str]) -> str:
    lines = textwrap.fill(" ".join(ranges), 118, break_on_hyphens=False)
    comment = textwrap.fill(description, 118, initial_indent="# ", subsequent_indent="# ")
    return f'\n{comment}\n{name} = """\n{lines}\n"""\n'


if __name__ == "__main__":
    main()
