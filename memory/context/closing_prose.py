"""Makes prose of the model's messages: one line without Markdown, that ends with a sentence. Pure and linear."""

from collections.abc import Iterator

from events.wire import patterns

_FENCES = ("```", "~~~")
_SENTENCE_ENDS = (". ", "! ", "? ", "; ", "。", "！", "？")
_LAST_CHARS = ".!?:;,。！？：；，"
MAX_READ_CHARS = 2_000
MIN_HEADING_WORDS = 4  # a shorter heading only names what follows, such as `Summary`
MAX_NEXT_STEPS = 3


def to_prose(text: str, limit: int) -> str:
    """Returns the text's sentences on one line of at most `limit` characters, cut at the end of a sentence."""
    lines = [line for line, is_heading in _iter_lines(text) if not is_heading or len(line.split()) >= MIN_HEADING_WORDS]
    return cut_at_sentence(_join(lines or [line for line, _ in _iter_lines(text)]), limit)


def find_next_steps(text: str) -> list[str]:
    """Finds what a message says about next steps: after `Next:` on a line, or in the lines below it."""
    steps: list[str] = []
    is_below = False
    for line, is_heading in _iter_lines(text):
        rest = line.partition(":")[2].strip()
        if patterns.NEXT_STEP.match(line):
            is_below = not rest
            steps += [rest] if rest else []
        elif is_below and not is_heading:
            steps.append(line)
        else:
            is_below = False
    return steps[:MAX_NEXT_STEPS]


def _iter_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yields the lines of prose without Markdown, each with whether it is a heading. Leaves out code and tables."""
    is_code = False
    for raw in text[:MAX_READ_CHARS].splitlines():
        line = raw.strip()
        if line.startswith(_FENCES):
            is_code = not is_code
        elif line and not is_code and not patterns.RULE_OR_TABLE.match(line.replace("**", "")):
            found = patterns.MARKDOWN_LINE_START.match(line)
            plain = line[found.end() :] if found else line
            plain = " ".join(plain.replace("**", "").replace("__", "").replace("`", "").split())
            if plain:
                yield plain, line.startswith("#")


def _join(lines: list[str]) -> str:
    parts = [line if line[-1] in _LAST_CHARS else f"{line};" for line in lines[:-1]]
    return " ".join([*parts, *lines[-1:]])


def cut_at_sentence(text: str, limit: int) -> str:
    """Cuts a line of text after its last whole sentence within `limit`, or between two words if that is too early."""
    if len(text) <= limit:
        return text
    start = text[: limit - 1]
    end = max(start.rfind(sign) for sign in _SENTENCE_ENDS) + 1
    if end > limit // 2:
        return start[:end].rstrip(" ;")
    return f"{start.rpartition(' ')[0] or start}…"
