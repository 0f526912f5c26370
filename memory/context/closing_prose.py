"""Makes prose of the model's messages: one line without Markdown, that ends with a sentence. Pure and linear.

A message may say what came of the work only in its heading (`## ✅ Release is out`), in a table, or in one or two lines
of code after a colon. These are prose here, too; longer code and further rows are not.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from events.wire import patterns
from memory.context.prompt_choice import count_words

_FENCES = ("```", "~~~")
_SENTENCE_ENDS = (". ", "! ", "? ", "; ", "。", "！", "？")
_LAST_CHARS = ".!?:;,。！？：；，"
MAX_READ_CHARS = 2_000
_COLONS = (":", "：")
_DONE_SIGNS = ("✅", "✔", "✓", "🎉", "🚀", "❌", "⚠")
MIN_HEADING_WORDS = 4  # a shorter heading only names what follows, such as `Summary`
MIN_MARKED_WORDS = 2  # of a heading that begins with one of these signs
MAX_NEXT_STEPS, MAX_CODE_LINES, MAX_TABLE_ROWS = 3, 2, 3
CODE, TABLE, TEXT, FENCE = range(4)  # kinds of lines


def to_prose(text: str, limit: int) -> str:
    """Returns the text's sentences on one line of at most `limit` characters, cut at the end of a sentence."""
    lines = [line for line, is_heading in _iter_lines(text) if not is_heading or _is_statement(line)]
    return cut_at_sentence(_join(lines or [line for line, _ in _iter_lines(text)]), limit)


def _is_statement(heading: str) -> bool:
    least = MIN_MARKED_WORDS if heading.startswith(_DONE_SIGNS) else MIN_HEADING_WORDS
    return count_words(heading) >= least


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
    """Yields the lines of prose without Markdown, each with whether it is a heading. Leaves out long code."""
    last = ""
    for kind, lines in _split_blocks(text[:MAX_READ_CHARS]):
        if kind == TEXT:
            for line in lines:
                if plain := _strip_markdown(line):
                    last = plain
                    yield plain, line.startswith("#")
        elif kind == TABLE or (kind == CODE and last.endswith(_COLONS) and len(lines) <= MAX_CODE_LINES):
            yield from ((line, False) for line in (_list_rows(lines) if kind == TABLE else lines))


def _split_blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Splits a text into blocks of lines of one kind, without empty lines."""
    is_code = False
    marked: list[tuple[int, str]] = []
    for line in map(str.strip, text.splitlines()):
        if line.startswith(_FENCES):
            is_code = not is_code
            marked.append((FENCE, line))
        elif line:
            marked.append((CODE if is_code else TABLE if line.startswith("|") else TEXT, line))
    for kind, block in groupby(marked, key=lambda one: one[0]):
        yield kind, [line for _, line in block]


def _strip_markdown(line: str) -> str:
    """Returns a line as plain text; empty if it is a rule."""
    if patterns.RULE_OR_TABLE.match(line.replace("**", "")):
        return ""
    found = patterns.MARKDOWN_LINE_START.match(line)
    plain = line[found.end() :] if found else line
    return " ".join(plain.replace("**", "").replace("__", "").replace("`", "").split())


def _list_rows(lines: Sequence[str]) -> Iterator[str]:
    """Yields the first rows of a table below its head, each as `first cell: second, third`."""
    rows = [line.strip("|").split("|") for line in lines]
    head = next((at for at, row in enumerate(rows) if not "".join(row).strip(" :-")), len(rows))
    cells = ([_strip_markdown(cell.strip()) for cell in row] for row in rows[head + 1 :])
    for first, *others in islice(filter(None, (list(filter(None, row)) for row in cells)), MAX_TABLE_ROWS):
        yield f"{first}: {', '.join(others)}" if others else first


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
