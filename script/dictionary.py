"""`python -m script.dictionary NUMBER FILE`: trains a dictionary for `events.store.event_compression`.

The samples are recorded payloads in this client's envelope with text of this repository, never captured content. A
dictionary in use must never change, since an event can be read only with the dictionary that compressed it.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zstandard import train_dictionary

from script.benchmarks.shared import workday
from script.benchmarks.shared.workday import ROOT

DICTIONARY_BYTES = 16_384  # bytes; four times this size compresses 2 % better
SAMPLE_COUNT = 8_000


def main() -> None:
    number, file = int(sys.argv[1]), Path(sys.argv[2])
    text = read_repository_text()
    samples: list[Any] = [sample.encode() for sample in (*make_day_samples(text), *make_recorded_samples(text))]
    file.write_bytes(train_dictionary(DICTIONARY_BYTES, samples, dict_id=number).as_bytes())


def read_repository_text() -> str:
    """Reads the text of the repository: Python, JavaScript, HTML, CSS and Markdown."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    source_names = (name for name in sorted(names) if name.endswith((".py", ".mjs", ".js", ".md", ".html", ".css")))
    return "".join((ROOT / name).read_text() for name in source_names if (ROOT / name).is_file())


def make_day_samples(text: str) -> Iterator[str]:
    yield from (workday.make_event(number, text) for number in range(10_000_000, 10_000_000 + SAMPLE_COUNT))


def make_recorded_samples(text: str) -> Iterator[str]:
    """Yields recorded payloads in other sessions, half of them with other text."""
    payloads = sorted((ROOT / "tests/payloads").glob("*.json"))
    rng = random.Random(11)
    for number in range(SAMPLE_COUNT // 2):
        data: dict[str, Any] = json.loads(rng.choice(payloads).read_text())
        filled = {
            key: workday.pick_text(text, rng, 60) if isinstance(value, str) else value for key, value in data.items()
        }
        hook = rng.choice(["pre_tool_use", "post_tool_use", "post_tool_failure", "notification", "subagent_stop"])
        yield workday.make_wire_event(
            number, hook, {**data, **({} if number % 2 else filled)}, f"{workday.HOME_PATH}/{number % 97}"
        )


if __name__ == "__main__":
    main()
