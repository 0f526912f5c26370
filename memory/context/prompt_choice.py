"""Chooses the prompts that matter for later: corrections, standing instructions, and what was asked last. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from events.wire import patterns
from events.wire.hook_event import summary_line
from memory.context.project_memory import UserPrompt
from memory.rules.facts import are_similar
from memory.values.host_markup import Author, split_prompt, without_host_text

MIN_WORDS = 3
MAX_READ_CHARS, MAX_INSTRUCTION_CHARS, MAX_SENTENCE_CHARS = 2_000, 400, 200
MAX_COMPARED = 40  # prompts that one prompt is compared with
# Texts that hosts and programs submit as prompts.
_MACHINE_STARTS = (
    "This session is being continued",
    "[Request interrupted",
    "Caveat:",
    "Base directory for this skill",
)
_TEMPLATE_STARTS, _MIN_TEMPLATE_CHARS = ("You are ", "# "), 600


def trim_prompt(text: str) -> str:
    """Returns the first paragraph of what a person wrote; empty if the prompt is made by a machine or a paste."""
    start = without_host_text(text[:MAX_READ_CHARS])
    is_template = start.startswith(_TEMPLATE_STARTS) and len(text) >= _MIN_TEMPLATE_CHARS
    if start.startswith(_MACHINE_STARTS) or is_template:
        return ""
    paragraph = " ".join(start.partition("\n\n")[0].split())
    is_slash_command = paragraph.startswith("/") and " " not in paragraph
    return paragraph if _is_prose(paragraph) and not is_slash_command else ""


def _is_prose(text: str) -> bool:
    """Checks whether most characters are letters: a pasted log or table consists of signs and numbers."""
    start = text[:MAX_INSTRUCTION_CHARS]
    letters = sum(map(str.isalpha, start)) + start.count(" ")
    return letters >= 0.75 * len(start) and "://" not in start


def count_words(text: str) -> int:
    """Counts words; two characters of a script without spaces count as one."""
    return len(patterns.WORD.findall(patterns.CJK.sub(" ", text))) + len(patterns.CJK.findall(text)) // 2


def is_instruction(text: str) -> bool:
    """Checks whether a short prompt corrects the model, or gives an instruction for the future."""
    if len(text) > MAX_INSTRUCTION_CHARS or count_words(text) <= MIN_WORDS:
        return False
    return bool(patterns.CORRECTION.match(text) or patterns.STANDING_INSTRUCTION.search(text))


@dataclass(frozen=True, slots=True)
class Instruction:
    """A sentence of the prompt `seq` that corrects or instructs the model; `is_standing`: it begins with such words."""

    seq: int
    session_id: str
    text: str
    is_standing: bool


def list_instructions(prompt: UserPrompt) -> Iterator[Instruction]:
    """Yields the instructions of a prompt that the person typed, sentence by sentence; none of pastes and programs."""
    if not trim_prompt(prompt.text):
        return
    for sentence in _split_sentences(prompt.text[:MAX_READ_CHARS]):
        is_standing = bool(patterns.STANDING_SENTENCE.match(sentence))
        # Half of a code span would not end.
        is_whole = len(sentence) <= MAX_SENTENCE_CHARS and sentence.count("`") % 2 == 0
        if is_whole and is_instruction(sentence) and _is_prose(sentence):
            yield Instruction(prompt.seq, prompt.session_id, sentence, is_standing)


def _split_sentences(text: str) -> Iterator[str]:
    for author, piece in split_prompt(text):
        if author is Author.PERSON:
            for sentence in patterns.SENTENCE_END.split(piece):
                bullet = patterns.MARKDOWN_LINE_START.match(sentence.strip())
                yield sentence.strip()[bullet.end() if bullet else 0 :].strip()


def choose_prompts(prompts: Iterable[UserPrompt]) -> Iterator[tuple[UserPrompt, str]]:
    """Yields the prompts with text of their own, each once, with the trimmed text; newest first, like `prompts`."""
    seen: list[set[str]] = []
    for prompt in prompts:
        text = trim_prompt(prompt.text)
        words = set(patterns.WORD.findall(text[:1_000].lower()))
        if count_words(text) < MIN_WORDS or any(are_similar(words, other) for other in seen[-MAX_COMPARED:]):
            continue
        seen.append(words)
        yield prompt, summary_line(text, MAX_READ_CHARS)
