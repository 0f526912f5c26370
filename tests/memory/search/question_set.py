"""120 questions over made-up and recorded sessions, each with the documents that a search should find.

`questions_held_out.tsv` was written before the ranking was changed, and nothing was tuned on it. Columns are the group,
the question and the keys of documents: `#key` at the end of a line of `made_up_sessions.txt`, `corpus:N` for a line of
`tests/memory/corpus.tsv`, `refund:N` for a step of a recorded session in `tests.memory.stories`.

The signs of `made_up_sessions.txt`: `=` a session (name, folder), `>` a prompt, `<` closing words, `$` a command that
succeeds, `!` one that fails, `|` its output, `.` a file that is read, `+` one that is written, `~` one that is edited,
`@` a page from the web, `%` a pattern that is searched.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.memory import corpus, stories
from tests.memory.make import event

FOLDER = Path(__file__).parent
SETS = ("tuned", "held_out")
OTHERS = 400  # documents of the same words that answer no question; they are newer
MAX_HITS = 10
_KEY = re.compile(r" #([\w-]+)$")

Step = tuple[str, dict[str, Any]]
Search = Callable[[str], Sequence[int]]  # a question → the ids of its best hits


@dataclass(frozen=True)
class Question:
    group: str
    text: str
    keys: tuple[str, ...]


def load_questions(name: str) -> list[Question]:
    lines = (FOLDER / f"questions_{name}.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    return [Question(group, text, tuple(keys.split())) for group, text, keys in rows]


def build_events() -> list[tuple[str, dict[str, Any]]]:
    """Builds the events in their order, each with its key; most have none."""
    events = [*_made_up_events(), *_recorded_events()]
    events += [(f"corpus:{at}", told.event) for at, told in enumerate(corpus.corpus())]
    return [*events, *(("", one) for one in _other_events(events))]


def measure_recall(questions: Sequence[Question], ids: Mapping[str, int], search: Search) -> dict[Question, float]:
    """Returns the share of each question's documents that are among its first hits."""
    return {question: _recall(question, ids, search(question.text)[:MAX_HITS]) for question in questions}


def _recall(question: Question, ids: Mapping[str, int], found: Sequence[int]) -> float:
    return sum(ids[key] in found for key in question.keys) / len(question.keys)


def _made_up_events() -> Iterator[tuple[str, dict[str, Any]]]:
    lines = (FOLDER / "made_up_sessions.txt").read_text().splitlines()
    session, folder = "", ""
    for number, line in enumerate(lines):
        sign, _, text = line.partition(" ")
        if sign == "=":
            session, folder = text.split()
        elif sign in MAKE:
            output = lines[number + 1][2:] if lines[number + 1 : number + 2] and lines[number + 1][:1] == "|" else ""
            key = found[1] if (found := _KEY.search(text)) else ""
            hook, data = MAKE[sign](_KEY.sub("", text).replace("\\n", "\n"), output.replace("\\n", "\n"), folder)
            around = {"project": folder, "root": folder}
            data |= {"tool_use_id": f"m{number}"} if "tool_name" in data else {}
            yield key, event(hook, number * 60.0, session=session, envelope=around, **data)


def _run(command: str, output: str, folder: str) -> Step:
    given = {"tool_name": "Bash", "tool_input": {"command": command}}
    return "post_tool_use", {**given, "tool_response": {"stdout": output, "stderr": "", "interrupted": False}}


def _fail(command: str, output: str, folder: str) -> Step:
    given = {"tool_name": "Bash", "tool_input": {"command": command}}
    return "post_tool_failure", {**given, "error": f"Exit code 1\n{output}"}


def _read(path: str, output: str, folder: str) -> Step:
    return "post_tool_use", {"tool_name": "Read", "tool_input": {"file_path": f"{folder}/{path}"}, "tool_response": {}}


def _write(text: str, output: str, folder: str) -> Step:
    path, _, content = text.partition(" ")
    given = {"file_path": f"{folder}/{path}", "content": content}
    return "post_tool_use", {"tool_name": "Write", "tool_input": given, "tool_response": {"type": "create"}}


def _edit(text: str, output: str, folder: str) -> Step:
    path, _, change = text.partition(" ")
    old, _, new = change.partition(" → ")
    given = {"file_path": f"{folder}/{path}", "old_string": old, "new_string": new}
    response = {"structuredPatch": [{"lines": [f"-{old}", f"+{new}"]}]}
    return "post_tool_use", {"tool_name": "Edit", "tool_input": given, "tool_response": response}


def _fetch(text: str, output: str, folder: str) -> Step:
    url, _, result = text.partition(" ")
    given = {"tool_name": "WebFetch", "tool_input": {"url": url, "prompt": "What does it say?"}}
    return "post_tool_use", {**given, "tool_response": {"code": 200, "result": result}}


def _grep(pattern: str, output: str, folder: str) -> Step:
    given = {"tool_name": "Grep", "tool_input": {"pattern": pattern}}
    return "post_tool_use", {**given, "tool_response": {"mode": "files_with_matches", "numFiles": 0}}


MAKE: Mapping[str, Callable[[str, str, str], Step]] = {
    ">": lambda text, output, folder: ("prompt_submit", {"prompt": text}),
    "<": lambda text, output, folder: ("stop", {"last_assistant_message": text}),
    "$": _run,
    "!": _fail,
    ".": _read,
    "+": _write,
    "~": _edit,
    "@": _fetch,
    "%": _grep,
}


def _recorded_events() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, steps in stories.STORIES.items():
        for at, one in enumerate(stories.told(steps, f"recorded-{name}")):
            yield f"{name}:{at}", one | {"id": str(uuid5(NAMESPACE_URL, f"{name}:{at}"))}


def _other_events(events: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    dice = random.Random(20)
    told = " ".join(str(one["kind"]["data"]["data"]) for _, one in events)
    words = sorted(set(re.findall(r"(?<![\w./])[a-z]{4,}(?![\w./])", told)))
    for number in range(OTHERS):
        yield corpus.make_other(dice, dice.sample(words, 9), 10_000 + number)
